"""How an article travels.

Feeds are polled for entries; an entry leads to a page; a page yields an article; an article gets a duplicate verdict;
it holds mentions and claims; mentions resolve to proposals; a new proposal owes an alert. Each step is a pure function
between a work list and an event; the log of events is the only truth; every table is made from it.
"""
