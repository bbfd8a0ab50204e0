"""``ncloud-datastream``: Data Stream of NAVER Cloud Platform at a shell."""
