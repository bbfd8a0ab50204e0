"""An example for each command, shown by its ``--help`` and run by a test in this order.

Each example uses what earlier ones created.
"""

CONNECTOR_ID = "xlThN3Qw0Z"
RESOURCE_ID = "abc1Zk90Lm"

EXAMPLES = {
    "emulator": "emulator --port 8765",
    "prefix": "prefix --output json",
    "topics create": "topics create h4j6l-orders --partitions 3",
    "topics wait": "topics wait h4j6l-orders",
    "topics list": "topics list --sort-by topicName --no-descending",
    "topics get": "topics get h4j6l-orders",
    "topics update": (
        "topics update h4j6l-orders --description orders --partitions 4 --retention-ms 86400000"
    ),
    "connectors create": (
        "connectors create h4j6l-orders SMALL OBJECT_STORAGE s3a://archive/orders true DAY "
        "nrn:PUB:IAM::1234567890:Role/export"
    ),
    "connectors get": "connectors get h4j6l-orders --output json",
    "connectors update": (
        f"connectors update h4j6l-orders {CONNECTOR_ID} --consumer-spec MEDIUM "
        "--export-type OBJECT_STORAGE --location s3a://archive/orders --include-topic-in-path "
        "--date-format DAY --role-nrn nrn:PUB:IAM::1234567890:Role/export"
    ),
    "connectors delete": f"connectors delete h4j6l-orders {CONNECTOR_ID} --yes",
    "schemas create": "schemas create h4j6l-orders JSON @order.json",
    "schemas list": "schemas list h4j6l-orders --output jsonl",
    "schemas get": f"schemas get h4j6l-orders {RESOURCE_ID} --output json",
    "schemas check": "schemas check h4j6l-orders JSON @order.json",
    "registry info": "registry info h4j6l-orders",
    "registry config": "registry config h4j6l-orders",
    "registry set-config": "registry set-config h4j6l-orders --no-compatibility",
    "schemas delete": f"schemas delete h4j6l-orders {RESOURCE_ID} --yes",
    "send": "send --topic h4j6l-orders orders.txt",
    "doctor": "doctor",
    "curl": "curl POST /api/produce --data @message.json",
    "sign": "sign GET '/api/v1/topics?sortBy=topicName'",
    "explain": "explain GET '/api/v1/topics?sortBy=topicName' -H @headers.txt",
    "completion": "completion bash",
    "mcp": "mcp --read-only",
    "topics delete": "topics delete h4j6l-orders --yes",
}
