"""The stages, each a work list, a pure function and an append: how an article travels.

``collect`` polls the feeds that are due and fetches the pages that entries ask for; ``analyse`` turns pages into
articles, judges duplicates, reads mentions and resolves them to proposals; ``alert`` raises what is owed and delivers
it; ``publish`` gives people a new copy. The warehouse is open only to read work lists and to append events, never
while anything is fetched, extracted or sent. Every stage may be cut off anywhere and started again.
"""
