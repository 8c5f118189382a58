"""`monitor extract`, the floors of extraction, and pages that mean no good. Pages, outlets and people are fictional."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
import tomllib
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import monitor

from monitor.articles import MOST_BYTES, MOST_TAGS, Extraction, NoText, extract_article
