# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.consumer_spec import ConsumerSpec
from ..models.date_format import DateFormat
from ..models.export_type import ExportType
from ..models.message_format import MessageFormat
from ..types import UNSET, Unset

T = TypeVar("T", bound="ConnectorRequest")


@_attrs_define
class ConnectorRequest:
    """The settings of a connector, to create or to update it.

    Attributes:
        consumer_spec (ConsumerSpec): The size of a connector, which limits its throughput. Example: SMALL.
        export_type (ExportType): The type of storage that a connector writes to. Example: OBJECT_STORAGE.
        location (str): Where to write, as `s3a://{bucket}/{path}`. NCP's sample has no path; our reading: the path is
            optional. Example: s3a://datastream001/orders.
        include_topic_in_path (bool): Whether to write into a directory named after the topic. Example: True.
        date_format (DateFormat): The date-based directories that a connector writes into. Example: DAY.
        role_nrn (str): The NRN (resource name) of the service role that lets the connector write to the bucket. It
            begins with `nrn:`, which is our reading of NCP's samples. Example:
            nrn:PUB:IAM::2570001:Role/7a1b2c3d-36d4-11f0-a3f1-246e966ebeb4.
        description (str | Unset): A description, at most 200 characters. Example: Orders to Object Storage.
        flush_interval (int | Unset): The interval between writes, in minutes, 1 to 10; 10 when omitted. Example: 10.
        flush_count (int | Unset): The number of messages after which they are written, 5000 to 50000; 5000 when
            omitted. An early revision of NCP's page has 20 to 100; our reading: the later range applies. Example: 5000.
        schema_type (MessageFormat | Unset): The format of the message values that a connector reads; STRING when
            omitted. Our reading, from a third party's copy of NCP's page. Example: STRING.
    """

    consumer_spec: ConsumerSpec
    export_type: ExportType
    location: str
    include_topic_in_path: bool
    date_format: DateFormat
    role_nrn: str
    description: str | Unset = UNSET
    flush_interval: int | Unset = UNSET
    flush_count: int | Unset = UNSET
    schema_type: MessageFormat | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        consumer_spec = self.consumer_spec.value

        export_type = self.export_type.value

        location = self.location

        include_topic_in_path = self.include_topic_in_path

        date_format = self.date_format.value

        role_nrn = self.role_nrn

        description = self.description

        flush_interval = self.flush_interval

        flush_count = self.flush_count

        schema_type: str | Unset = UNSET
        if not isinstance(self.schema_type, Unset):
            schema_type = self.schema_type.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "consumerSpec": consumer_spec,
                "exportType": export_type,
                "location": location,
                "includeTopicInPath": include_topic_in_path,
                "dateFormat": date_format,
                "roleNrn": role_nrn,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if flush_interval is not UNSET:
            field_dict["flushInterval"] = flush_interval
        if flush_count is not UNSET:
            field_dict["flushCount"] = flush_count
        if schema_type is not UNSET:
            field_dict["schemaType"] = schema_type

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        consumer_spec = ConsumerSpec(d.pop("consumerSpec"))

        export_type = ExportType(d.pop("exportType"))

        location = d.pop("location")

        include_topic_in_path = d.pop("includeTopicInPath")

        date_format = DateFormat(d.pop("dateFormat"))

        role_nrn = d.pop("roleNrn")

        description = d.pop("description", UNSET)

        flush_interval = d.pop("flushInterval", UNSET)

        flush_count = d.pop("flushCount", UNSET)

        _schema_type = d.pop("schemaType", UNSET)
        schema_type: MessageFormat | Unset
        if isinstance(_schema_type, Unset):
            schema_type = UNSET
        else:
            schema_type = MessageFormat(_schema_type)

        connector_request = cls(
            consumer_spec=consumer_spec,
            export_type=export_type,
            location=location,
            include_topic_in_path=include_topic_in_path,
            date_format=date_format,
            role_nrn=role_nrn,
            description=description,
            flush_interval=flush_interval,
            flush_count=flush_count,
            schema_type=schema_type,
        )

        connector_request.additional_properties = d
        return connector_request

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
