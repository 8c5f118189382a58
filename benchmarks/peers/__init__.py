"""The monitor beside other ways to do its work, over the same feeds and pages: `python -m benchmarks.peers --help`."""
