"""One call, without I/O: what is asked, what came back, how often it is tried, what it means.

Nothing here opens a connection or sleeps. A carrier of ``wire`` makes the attempts; whoever drives
`exchange.exchange` sleeps between them.
"""
