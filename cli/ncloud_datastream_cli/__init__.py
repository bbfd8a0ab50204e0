"""The ``ncloud-datastream`` command for Data Stream of NAVER Cloud Platform."""
