# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.connector_status import ConnectorStatus
from ..models.consumer_spec import ConsumerSpec
from ..models.date_format import DateFormat
from ..models.export_type import ExportType
from ..models.message_format import MessageFormat
from ..types import UNSET, Unset

T = TypeVar("T", bound="Connector")


@_attrs_define
class Connector:
    """The connector of a topic. Our reading: it has the fields in a third party's copy of NCP's page.

    Attributes:
        id (str): The id of the connector. Example: xlThN4p8qz.
        topic_id (str | Unset): The id of the topic. Example: 5mgNWA7xk2.
        status (ConnectorStatus | Unset): The state of a connector. Example: RUNNING.
        failed_message (str | Unset): Why the connector failed. Only getConnector returns it, when the status is FAILED.
            Example: The bucket does not exist..
        failed_date (str | Unset): When the connector failed. Only getConnector returns it; its format is not
            documented. Example: 2025-05-22T14:14:41Z.
        connector_name (str | Unset): The name of the connector. Its format is our reading. Example:
            h4j6l-ds001-connector.
        description (None | str | Unset): The description, null when there is none. Example: Orders to Object Storage.
        consumer_spec (ConsumerSpec | Unset): The size of a connector, which limits its throughput. Example: SMALL.
        export_type (ExportType | Unset): The type of storage that a connector writes to. Example: OBJECT_STORAGE.
        location (str | Unset): Where the connector writes, as specified in the request. Example:
            s3a://datastream001/orders.
        location_with_topic_name (str | Unset): Where the connector writes, including the directory named after the
            topic. Its format is our reading. Example: s3a://datastream001/orders/h4j6l-ds001.
        object_storage_location (str | Unset): The location in Object Storage. Its format is our reading. Example:
            datastream001/orders.
        include_topic_in_path (bool | Unset): Whether the connector writes into a directory named after the topic.
            Example: True.
        date_format (DateFormat | Unset): The date-based directories that a connector writes into. Example: DAY.
        role_nrn (str | Unset): The NRN of the service role. Example:
            nrn:PUB:IAM::2570001:Role/7a1b2c3d-36d4-11f0-a3f1-246e966ebeb4.
        group_id (str | Unset): The id of the connector's consumer group. Its format is our reading. Example:
            connect-h4j6l-ds001-connector.
        flush_interval (int | Unset): The interval between writes, in minutes. Example: 10.
        flush_count (int | Unset): The number of messages after which they are written. Example: 5000.
        schema_type (MessageFormat | Unset): The format of the message values that a connector reads; STRING when
            omitted. Our reading, from a third party's copy of NCP's page. Example: STRING.
        created_date (datetime.datetime | Unset): When the connector was created. Example: 2025-05-22T10:25:19Z.
    """

    id: str
    topic_id: str | Unset = UNSET
    status: ConnectorStatus | Unset = UNSET
    failed_message: str | Unset = UNSET
    failed_date: str | Unset = UNSET
    connector_name: str | Unset = UNSET
    description: None | str | Unset = UNSET
    consumer_spec: ConsumerSpec | Unset = UNSET
    export_type: ExportType | Unset = UNSET
    location: str | Unset = UNSET
    location_with_topic_name: str | Unset = UNSET
    object_storage_location: str | Unset = UNSET
    include_topic_in_path: bool | Unset = UNSET
    date_format: DateFormat | Unset = UNSET
    role_nrn: str | Unset = UNSET
    group_id: str | Unset = UNSET
    flush_interval: int | Unset = UNSET
    flush_count: int | Unset = UNSET
    schema_type: MessageFormat | Unset = UNSET
    created_date: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        topic_id = self.topic_id

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        failed_message = self.failed_message

        failed_date = self.failed_date

        connector_name = self.connector_name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        consumer_spec: str | Unset = UNSET
        if not isinstance(self.consumer_spec, Unset):
            consumer_spec = self.consumer_spec.value

        export_type: str | Unset = UNSET
        if not isinstance(self.export_type, Unset):
            export_type = self.export_type.value

        location = self.location

        location_with_topic_name = self.location_with_topic_name

        object_storage_location = self.object_storage_location

        include_topic_in_path = self.include_topic_in_path

        date_format: str | Unset = UNSET
        if not isinstance(self.date_format, Unset):
            date_format = self.date_format.value

        role_nrn = self.role_nrn

        group_id = self.group_id

        flush_interval = self.flush_interval

        flush_count = self.flush_count

        schema_type: str | Unset = UNSET
        if not isinstance(self.schema_type, Unset):
            schema_type = self.schema_type.value

        created_date: str | Unset = UNSET
        if not isinstance(self.created_date, Unset):
            created_date = self.created_date.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if topic_id is not UNSET:
            field_dict["topicId"] = topic_id
        if status is not UNSET:
            field_dict["status"] = status
        if failed_message is not UNSET:
            field_dict["failedMessage"] = failed_message
        if failed_date is not UNSET:
            field_dict["failedDate"] = failed_date
        if connector_name is not UNSET:
            field_dict["connectorName"] = connector_name
        if description is not UNSET:
            field_dict["description"] = description
        if consumer_spec is not UNSET:
            field_dict["consumerSpec"] = consumer_spec
        if export_type is not UNSET:
            field_dict["exportType"] = export_type
        if location is not UNSET:
            field_dict["location"] = location
        if location_with_topic_name is not UNSET:
            field_dict["locationWithTopicName"] = location_with_topic_name
        if object_storage_location is not UNSET:
            field_dict["objectStorageLocation"] = object_storage_location
        if include_topic_in_path is not UNSET:
            field_dict["includeTopicInPath"] = include_topic_in_path
        if date_format is not UNSET:
            field_dict["dateFormat"] = date_format
        if role_nrn is not UNSET:
            field_dict["roleNrn"] = role_nrn
        if group_id is not UNSET:
            field_dict["groupId"] = group_id
        if flush_interval is not UNSET:
            field_dict["flushInterval"] = flush_interval
        if flush_count is not UNSET:
            field_dict["flushCount"] = flush_count
        if schema_type is not UNSET:
            field_dict["schemaType"] = schema_type
        if created_date is not UNSET:
            field_dict["createdDate"] = created_date

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        topic_id = d.pop("topicId", UNSET)

        _status = d.pop("status", UNSET)
        status: ConnectorStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = ConnectorStatus(_status)

        failed_message = d.pop("failedMessage", UNSET)

        failed_date = d.pop("failedDate", UNSET)

        connector_name = d.pop("connectorName", UNSET)

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        _consumer_spec = d.pop("consumerSpec", UNSET)
        consumer_spec: ConsumerSpec | Unset
        if isinstance(_consumer_spec, Unset):
            consumer_spec = UNSET
        else:
            consumer_spec = ConsumerSpec(_consumer_spec)

        _export_type = d.pop("exportType", UNSET)
        export_type: ExportType | Unset
        if isinstance(_export_type, Unset):
            export_type = UNSET
        else:
            export_type = ExportType(_export_type)

        location = d.pop("location", UNSET)

        location_with_topic_name = d.pop("locationWithTopicName", UNSET)

        object_storage_location = d.pop("objectStorageLocation", UNSET)

        include_topic_in_path = d.pop("includeTopicInPath", UNSET)

        _date_format = d.pop("dateFormat", UNSET)
        date_format: DateFormat | Unset
        if isinstance(_date_format, Unset):
            date_format = UNSET
        else:
            date_format = DateFormat(_date_format)

        role_nrn = d.pop("roleNrn", UNSET)

        group_id = d.pop("groupId", UNSET)

        flush_interval = d.pop("flushInterval", UNSET)

        flush_count = d.pop("flushCount", UNSET)

        _schema_type = d.pop("schemaType", UNSET)
        schema_type: MessageFormat | Unset
        if isinstance(_schema_type, Unset):
            schema_type = UNSET
        else:
            schema_type = MessageFormat(_schema_type)

        _created_date = d.pop("createdDate", UNSET)
        created_date: datetime.datetime | Unset
        if isinstance(_created_date, Unset):
            created_date = UNSET
        else:
            created_date = datetime.datetime.fromisoformat(_created_date)

        connector = cls(
            id=id,
            topic_id=topic_id,
            status=status,
            failed_message=failed_message,
            failed_date=failed_date,
            connector_name=connector_name,
            description=description,
            consumer_spec=consumer_spec,
            export_type=export_type,
            location=location,
            location_with_topic_name=location_with_topic_name,
            object_storage_location=object_storage_location,
            include_topic_in_path=include_topic_in_path,
            date_format=date_format,
            role_nrn=role_nrn,
            group_id=group_id,
            flush_interval=flush_interval,
            flush_count=flush_count,
            schema_type=schema_type,
            created_date=created_date,
        )

        connector.additional_properties = d
        return connector

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
