"""One call, without I/O: the request, the response, retries and errors.

Nothing here opens a connection or sleeps. A carrier of ``wire`` makes the attempts; the caller that
drives `exchange.exchange` sleeps between them.
"""
