package io.eventhandler.logs;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.HexFormat;
import java.util.List;

/** Requests as senders build them. */
final class OtlpRequests {

    static final long NANOS = 1_795_000_000_123_456_789L;
    static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    static final String SPAN_ID = "00f067aa0ba902b7";

    /** The same as {@link #example}. */
    static final String EXAMPLE_IN_JSON = """
            {"resourceLogs": [{
              "resource": {"attributes": [
                {"key": "service.name", "value": {"stringValue": "orders"}},
                {"key": "host.name", "value": {"stringValue": "a\\"b"}}], "newerThanThis": [{"a": [1]}]},
              "scopeLogs": [{
                "scope": {"name": "com.example.Orders", "version": "1"},
                "logRecords": [
                  {"timeUnixNano": "1795000000123456789", "observedTimeUnixNano": 1795000000123456790,
                   "severityNumber": 9, "severityText": "INFO", "body": {"stringValue": "stored order 7 für 5 €"},
                   "traceId": "4BF92F3577B34DA6A3CE929D0E0E4736", "spanId": "00f067aa0ba902b7", "flags": 1,
                   "eventName": "order.stored",
                   "attributes": [
                     {"key": "s", "value": {"stringValue": "x\\n"}},
                     {"key": "b", "value": {"boolValue": true}},
                     {"key": "i", "value": {"intValue": "-9007199254740993"}},
                     {"key": "d", "value": {"doubleValue": 1.5}},
                     {"key": "bytes", "value": {"bytesValue": "AP8="}},
                     {"key": "nan", "value": {"doubleValue": "NaN"}},
                     {"key": "none", "value": {}},
                     {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "2"}, {}]}}},
                     {"key": "map", "value": {"kvlistValue": {"values": [
                       {"key": "k", "value": {"stringValue": "first"}}, {"key": "k", "value": {"stringValue": "last"}}]}}},
                     {"key": "twice", "value": {"intValue": 1}},
                     {"key": "twice", "value": {"intValue": 2}}]},
                  {"body": {"kvlistValue": {"values": [{"key": "a", "value": {"arrayValue": {}}}]}}},
                  {"severityNumber": 17, "traceId": "", "body": null}]
              }]
            }]}""";

    private OtlpRequests() {}

    static ExportLogsServiceRequest example() {
        return request(
                LogRecord.newBuilder()
                        .setTimeUnixNano(NANOS)
                        .setObservedTimeUnixNano(NANOS + 1)
                        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
                        .setSeverityText("INFO")
                        .setBody(text("stored order 7 für 5 €"))
                        .setTraceId(bytes(TRACE_ID))
                        .setSpanId(bytes(SPAN_ID))
                        .setFlags(1)
                        .setEventName("order.stored")
                        .addAttributes(pair("s", text("x\n")))
                        .addAttributes(pair(
                                "b", AnyValue.newBuilder().setBoolValue(true).build()))
                        .addAttributes(pair("i", integer(-9_007_199_254_740_993L)))
                        .addAttributes(pair(
                                "d", AnyValue.newBuilder().setDoubleValue(1.5).build()))
                        .addAttributes(pair(
                                "bytes",
                                AnyValue.newBuilder()
                                        .setBytesValue(bytes("00ff"))
                                        .build()))
                        .addAttributes(pair(
                                "nan",
                                AnyValue.newBuilder().setDoubleValue(Double.NaN).build()))
                        .addAttributes(pair("none", AnyValue.getDefaultInstance()))
                        .addAttributes(pair("list", array(integer(1), text("2"), AnyValue.getDefaultInstance())))
                        .addAttributes(pair("map", map(pair("k", text("first")), pair("k", text("last")))))
                        .addAttributes(pair("twice", integer(1)))
                        .addAttributes(pair("twice", integer(2)))
                        .build(),
                LogRecord.newBuilder().setBody(map(pair("a", array()))).build(),
                LogRecord.newBuilder()
                        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_ERROR)
                        .build());
    }

    /** These records of the service {@code orders}. */
    static ExportLogsServiceRequest request(LogRecord... records) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(Resource.newBuilder()
                                .addAttributes(pair("service.name", text("orders")))
                                .addAttributes(pair("host.name", text("a\"b"))))
                        .addScopeLogs(ScopeLogs.newBuilder()
                                .setScope(InstrumentationScope.newBuilder().setName("com.example.Orders"))
                                .addAllLogRecords(List.of(records))))
                .build();
    }

    static LogRecord says(AnyValue body) {
        return LogRecord.newBuilder().setBody(body).build();
    }

    static ByteString bytes(String hex) {
        return ByteString.copyFrom(HexFormat.of().parseHex(hex));
    }

    static KeyValue pair(String key, AnyValue value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    static AnyValue text(String text) {
        return AnyValue.newBuilder().setStringValue(text).build();
    }

    static AnyValue integer(long number) {
        return AnyValue.newBuilder().setIntValue(number).build();
    }

    static AnyValue array(AnyValue... values) {
        return AnyValue.newBuilder()
                .setArrayValue(ArrayValue.newBuilder().addAllValues(List.of(values)))
                .build();
    }

    static AnyValue map(KeyValue... members) {
        return AnyValue.newBuilder()
                .setKvlistValue(KeyValueList.newBuilder().addAllValues(List.of(members)))
                .build();
    }

    /** An array in an array and so on. */
    static AnyValue nested(int depth) {
        AnyValue value = array();
        for (int i = 1; i < depth; i++) {
            value = array(value);
        }
        return value;
    }
}
