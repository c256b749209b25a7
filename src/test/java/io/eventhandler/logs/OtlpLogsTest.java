package io.eventhandler.logs;

import static io.eventhandler.logs.OtlpRequests.array;
import static io.eventhandler.logs.OtlpRequests.bytes;
import static io.eventhandler.logs.OtlpRequests.integer;
import static io.eventhandler.logs.OtlpRequests.map;
import static io.eventhandler.logs.OtlpRequests.nested;
import static io.eventhandler.logs.OtlpRequests.pair;
import static io.eventhandler.logs.OtlpRequests.request;
import static io.eventhandler.logs.OtlpRequests.says;
import static io.eventhandler.logs.OtlpRequests.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.sun.net.httpserver.HttpServer;
import io.eventhandler.json.MediaType;
import io.eventhandler.logs.OtlpLogs.Decoded;
import io.eventhandler.logstore.LogOrigin;
import io.eventhandler.logstore.LogRecord;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is read of an OTLP request, and what is made of one that is not as it should be. */
class OtlpLogsTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LIMIT = 64 << 10;

    private static Decoded decode(MessageLite request) {
        return OtlpLogs.decode(request.toByteArray(), OtlpEncoding.PROTOBUF);
    }

    private static Decoded decode(String json) {
        return OtlpLogs.decode(json.getBytes(UTF_8), OtlpEncoding.JSON);
    }

    /** The one record that says this, as it is kept. */
    private static LogRecord only(io.opentelemetry.proto.logs.v1.LogRecord record) {
        return only(decode(request(record)));
    }

    private static LogRecord only(Decoded decoded) {
        assertThat(decoded.reason()).isNull();
        assertThat(decoded.rejected()).isZero();
        assertThat(decoded.records()).hasSize(1);
        return decoded.records().getFirst();
    }

    private static String recordInJson(String members) {
        return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{%s}]}]}]}".formatted(members);
    }

    private static JsonNode attributes(LogRecord record) {
        return JSON.readTree(String.valueOf(record.attributes()));
    }

    private static int utf8(String text) {
        return text.getBytes(UTF_8).length;
    }

    @Test
    void bothEncodingsSayTheSame() {
        Decoded decoded = decode(OtlpRequests.example());
        var origin = new LogOrigin("orders", "{\"host.name\":\"a\\\"b\"}", "com.example.Orders");
        var time = Instant.ofEpochSecond(1_795_000_000L, 123_456_789);
        String attributes =
                "{\"s\":\"x\\n\",\"b\":true,\"i\":-9007199254740993,\"d\":1.5,\"bytes\":\"AP8=\",\"nan\":\"NaN\","
                        + "\"none\":null,\"list\":[1,\"2\",null],\"map\":{\"k\":\"last\"},\"twice\":2,\"event.name\":\"order.stored\"}";
        assertThat(decoded)
                .isEqualTo(new Decoded(
                        List.of(
                                new LogRecord(
                                        origin,
                                        time,
                                        time.plusNanos(1),
                                        9,
                                        "INFO",
                                        "stored order 7 für 5 €",
                                        attributes,
                                        OtlpRequests.TRACE_ID,
                                        OtlpRequests.SPAN_ID),
                                new LogRecord(origin, null, null, 0, null, "{\"a\":[]}", null, null, null),
                                new LogRecord(origin, null, null, 17, null, "", null, null, null)),
                        0,
                        null));

        Decoded inJson = decode(OtlpRequests.EXAMPLE_IN_JSON);
        List<LogRecord> sorted = inJson.records();
        assertThat(attributes(sorted.getFirst()))
                .isEqualTo(attributes(decoded.records().getFirst()));
        assertThat(sorted).hasSize(3);
        assertThat(sorted.subList(1, 3)).isEqualTo(decoded.records().subList(1, 3));
        assertThat(sorted.getFirst())
                .usingRecursiveComparison()
                .ignoringFields("attributes")
                .isEqualTo(decoded.records().getFirst());
    }

    @Test
    void whoLoggedIsOneObjectPerRequestWhereverItStands() {
        ResourceLogs orders = request(says(text("a")), says(text("b"))).getResourceLogs(0);
        ResourceLogs unnamed = ResourceLogs.newBuilder()
                .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(says(text("c"))))
                .build();
        List<LogRecord> records = decode(ExportLogsServiceRequest.newBuilder()
                        .addResourceLogs(orders)
                        .addResourceLogs(unnamed)
                        .addResourceLogs(orders)
                        .build())
                .records();
        assertThat(records).extracting(LogRecord::message).containsExactly("a", "b", "c", "a", "b");
        assertThat(records.get(0).origin())
                .isSameAs(records.get(1).origin())
                .isSameAs(records.get(3).origin())
                .isSameAs(records.get(4).origin());
        assertThat(records.get(2).origin()).isEqualTo(new LogOrigin("unknown_service", null, null));

        List<LogRecord> late = decode("""
                {"resourceLogs":[{"scopeLogs":[
                  {"logRecords":[{"body":{"stringValue":"a"}}],"scope":{"name":"l"}},
                  {"logRecords":[]},
                  {"logRecords":[{"body":{"stringValue":"b"}}]}],
                  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"late"}}]}}]}
                """).records();
        assertThat(late)
                .extracting(LogRecord::origin)
                .containsExactly(new LogOrigin("late", null, "l"), new LogOrigin("late", null, null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"stringValue":""}      | unknown_service
            {"stringValue":" "}     | unknown_service
            {}                      | unknown_service
            {"intValue":"7"}        | 7
            {"stringValue":"a\\u0000"} | a\ufffd
            """)
    void aServiceHasAName(String value, String name) {
        assertThat(only(decode(
                                "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":%s}]},\"scopeLogs\":[{\"logRecords\":[{}]}]}]}"
                                        .formatted(value)))
                        .origin()
                        .service())
                .isEqualTo(name);
    }

    @Test
    void longNamesAreCut() {
        var record = only(decode(ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(Resource.newBuilder().addAttributes(pair("service.name", text("ä".repeat(200)))))
                        .addScopeLogs(ScopeLogs.newBuilder()
                                .addLogRecords(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                                        .setSeverityText("x".repeat(10_000)))))
                .build()));
        assertThat(record.origin().service()).isEqualTo("ä".repeat(127));
        assertThat(record.severityText()).hasSize(255);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "body":{"stringValue":"text"}                                     | text
            "body":{"intValue":5}                                             | 5
            "body":{"boolValue":false}                                        | false
            "body":{"doubleValue":"-Infinity"}                                | -Infinity
            "body":{"bytesValue":"AP8="}                                      | AP8=
            "body":{"arrayValue":{"values":[{"stringValue":"a"},null]}}       | ["a",null]
            "body":{"kvlistValue":{}}                                         | {}
            "body":{"intValue":"99999999999999999999"}                        | 99999999999999999999
            "body":{"intValue":"many"}                                        | many
            "body":{"doubleValue":1e999}                                      | Infinity
            "body":{"stringValue":null,"intValue":1}                          | 1
            "body":{"stringValue":"a","somethingNew":{"b":[]}}                | a
            """)
    void aBodyIsTextOrJson(String member, String message) {
        assertThat(only(decode(recordInJson(member))).message()).isEqualTo(message);
    }

    @Test
    void aRecordWithoutAnythingIsTaken() {
        LogRecord record = only(io.opentelemetry.proto.logs.v1.LogRecord.getDefaultInstance());
        assertThat(record)
                .isEqualTo(new LogRecord(record.origin(), null, null, 0, null, "", null, null, null))
                .isEqualTo(new LogRecord(
                        record.origin(),
                        null,
                        null,
                        0,
                        null,
                        only(decode(recordInJson(""))).message(),
                        null,
                        null,
                        null));
        assertThat(decode(ExportLogsServiceRequest.getDefaultInstance()).records())
                .isEmpty();
        assertThat(decode("{}").records()).isEmpty();
    }

    @Test
    void whatPostgresCantKeepIsReplaced() {
        LogRecord record = only(says(text("a\0b")).toBuilder()
                .addAttributes(pair("k\0", text("\0")))
                .build());
        assertThat(record.message()).isEqualTo("a\ufffdb");
        assertThat(record.attributes()).isEqualTo("{\"k\ufffd\":\"\ufffd\"}");

        LogRecord inJson = only(
                decode(
                        recordInJson(
                                "\"body\":{\"stringValue\":\"a\\u0000\\ud800b\\ud83d\\ude00\"},\"attributes\":[{\"key\":\"\\udc00\"}]")));
        assertThat(inJson.message()).isEqualTo("a\ufffd\ufffdb\ud83d\ude00");
        assertThat(inJson.attributes()).isEqualTo("{\"\ufffd\":null}");
    }

    @Test
    void whatIsNotUtf8IsReplaced() {
        byte[] request = request(says(text("a~b"))).toByteArray();
        for (int i = 0; i < request.length; i++) {
            request[i] = request[i] == '~' ? (byte) 0xff : request[i];
        }
        assertThat(only(OtlpLogs.decode(request, OtlpEncoding.PROTOBUF)).message())
                .isEqualTo("a\ufffdb");
        byte[] json = recordInJson("\"body\":{\"stringValue\":\"a\u00e4b\"}").getBytes(ISO_8859_1);
        assertThat(only(OtlpLogs.decode(json, OtlpEncoding.JSON)).message()).isEqualTo("a\ufffdb");
    }

    @Test
    void idsOfAWrongLengthRejectTheirRecordAlone() {
        var right = says(text("right")).toBuilder()
                .setTraceId(bytes(OtlpRequests.TRACE_ID))
                .build();
        Decoded decoded = decode(request(
                right,
                right.toBuilder().setTraceId(bytes("0102030405")).build(),
                right.toBuilder().setSpanId(bytes(OtlpRequests.TRACE_ID)).build(),
                right));
        assertThat(decoded.records()).extracting(LogRecord::message).containsExactly("right", "right");
        assertThat(decoded.rejected()).isEqualTo(2);
        assertThat(decoded.reason())
                .isEqualTo(
                        "resourceLogs[0].scopeLogs[0].logRecords[1]: its trace id has 5 bytes, it must have 16 or none");
    }

    @Test
    void idsOfZerosAreNone() {
        LogRecord record = only(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                .setTraceId(ByteString.copyFrom(new byte[16]))
                .setSpanId(ByteString.copyFrom(new byte[8]))
                .build());
        assertThat(record.traceId()).isNull();
        assertThat(record.spanId()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "traceId":"4bf9"                            | its trace id has 2 bytes, it must have 16 or none
            "traceId":"S/kvNXezTaajzpKdDg5HNg=="        | its traceId must be hexadecimal, this one is 'S/kvNXezTaajzpKdDg5HNg=='
            "spanId":"00f067aa0ba902b"                  | its spanId must be hexadecimal, this one is '00f067aa0ba902b'
            "timeUnixNano":"yesterday"                  | its timeUnixNano must be nanoseconds since 1970, this one is 'yesterday'
            "timeUnixNano":1.5                          | its timeUnixNano must be nanoseconds since 1970, this one is '1.5'
            "timeUnixNano":1e999999999                  | its timeUnixNano must be nanoseconds since 1970, this one is '1e999999999'
            "timeUnixNano":"18446744073709551616"       | its timeUnixNano is out of range: 18446744073709551616
            "observedTimeUnixNano":-1                   | its observedTimeUnixNano is out of range: -1
            "severityNumber":"SEVERITY_NUMBER_INFO"     | its severityNumber must be a number, this one is 'SEVERITY_NUMBER_INFO'
            """)
    void aRecordThatMakesNoSenseIsRejected(String member, String reason) {
        Decoded decoded = decode(recordInJson(member + ",\"body\":{\"stringValue\":\"x\"}"));
        assertThat(decoded.records()).isEmpty();
        assertThat(decoded.rejected()).isEqualTo(1);
        assertThat(decoded.reason()).isEqualTo("resourceLogs[0].scopeLogs[0].logRecords[0]: " + reason);
    }

    @Test
    void timesFarAwayAreKept() {
        assertThat(only(decode(recordInJson("\"timeUnixNano\":18446744073709551615")))
                        .time())
                .isEqualTo(Instant.parse("2554-07-21T23:34:33.709551615Z"))
                .isEqualTo(only(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                                .setTimeUnixNano(-1)
                                .build())
                        .time());
        assertThat(only(decode(recordInJson("\"timeUnixNano\":1.7e+18"))).time())
                .isEqualTo(Instant.ofEpochSecond(1_700_000_000L));
        assertThat(only(decode(recordInJson("\"timeUnixNano\":\"0\""))).time()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 25, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aSeverityThatThereIsNotIsNone(int number) {
        assertThat(only(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                                .setSeverityNumberValue(number)
                                .build())
                        .severity())
                .isZero();
        assertThat(only(decode(recordInJson("\"severityNumber\":" + number))).severity())
                .isZero();
    }

    @Test
    void aLongMessageIsCutBetweenCodePointsAndMarked() {
        String euros = "€".repeat(400_000);
        LogRecord record = only(says(text(euros)).toBuilder()
                .addAttributes(pair("a", integer(1)))
                .build());
        assertThat(record.message()).isEqualTo("€".repeat(LIMIT / 3));
        assertThat(record.attributes()).isEqualTo("{\"a\":1,\"eventhandler.cut\":1200000}");

        LogRecord inJson = only(decode(recordInJson("\"body\":{\"stringValue\":\"%s\"}".formatted(euros))));
        assertThat(inJson.message()).isEqualTo(record.message());
        assertThat(inJson.attributes()).isEqualTo("{\"eventhandler.cut\":1200000}");

        String whole = "x".repeat(LIMIT);
        assertThat(only(says(text(whole)))).matches(it -> it.message().equals(whole) && it.attributes() == null);
        LogRecord zeros = only(says(text("\0".repeat(LIMIT))));
        assertThat(zeros.message()).isEqualTo("\ufffd".repeat(LIMIT / 3));
        assertThat(zeros.attributes()).isEqualTo("{\"eventhandler.cut\":%d}".formatted(3 * LIMIT));
    }

    @Test
    void aLongStructuredMessageIsCutToo() {
        LogRecord record = only(says(map(
                pair("a", integer(1)),
                pair("large", text("x".repeat(1 << 20))),
                pair("list", array(text("y".repeat(LIMIT)), text("z".repeat(LIMIT)))))));
        assertThat(record.message()).startsWith("{\"a\":1,\"large\":\"xxx").hasSize(LIMIT);
        assertThat(attributes(record).get("eventhandler.cut").asLong()).isBetween((1L << 20) + 2 * LIMIT, 1_180_000L);

        LogRecord binary = only(says(AnyValue.newBuilder()
                .setBytesValue(ByteString.copyFrom(new byte[300_000]))
                .build()));
        assertThat(binary.message()).isEqualTo("A".repeat(LIMIT));
        assertThat(binary.attributes()).isEqualTo("{\"eventhandler.cut\":400000}");
    }

    @Test
    void ofManyAttributesTheFirstAreKeptAndTheOthersCounted() {
        LogRecord record = only(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                .addAllAttributes(IntStream.range(0, 10_000)
                        .mapToObj(i -> pair("a" + i, integer(i)))
                        .toList())
                .addAttributes(pair("a5", text("the last one counts")))
                .setDroppedAttributesCount(3)
                .build());
        JsonNode attributes = attributes(record);
        assertThat(attributes.size()).isEqualTo(129);
        assertThat(attributes.get("a127").asInt()).isEqualTo(127);
        assertThat(attributes.get("a5").asString()).isEqualTo("the last one counts");
        assertThat(attributes.get("eventhandler.dropped_attributes").asInt()).isEqualTo(10_000 - 128 + 3);

        KeyValue large = pair("large", text("ä".repeat(20_000)));
        LogRecord second = only(io.opentelemetry.proto.logs.v1.LogRecord.newBuilder()
                .addAttributes(large)
                .addAttributes(large.toBuilder().setKey("larger"))
                .addAttributes(pair("small", integer(1)))
                .addAttributes(pair("quotes", text("\1".repeat(LIMIT / 3))))
                .build());
        assertThat(attributes(second).propertyNames())
                .containsExactly("large", "small", "eventhandler.dropped_attributes");
        assertThat(attributes(second).get("eventhandler.dropped_attributes").asInt())
                .isEqualTo(2);
        assertThat(utf8(String.valueOf(second.attributes()))).isLessThan(LIMIT + 100);
    }

    @Test
    void whatIsTooDeepIsReplaced() {
        assertThat(only(says(nested(20))).message()).isEqualTo("[".repeat(20) + "]".repeat(20));
        assertThat(only(says(nested(90))).message())
                .isEqualTo("[".repeat(20) + "\"(nested more than 20 deep)\"" + "]".repeat(20));
        String json = "{\"arrayValue\":{\"values\":[".repeat(1_000) + "{}" + "]}}".repeat(1_000);
        LogRecord inJson = only(decode(recordInJson("\"attributes\":[{\"key\":\"a\",\"value\":%s}]".formatted(json))));
        assertThat(attributes(inJson).toString()).contains("(nested more than 20 deep)");
        assertThatExceptionOfType(MalformedOtlpException.class)
                .isThrownBy(() -> decode(recordInJson("\"body\":" + "{\"arrayValue\":{\"values\":[".repeat(100_000))))
                .withMessageStartingWith("the body is not valid JSON: ");
    }

    @Test
    void anyDepthIsReadInProtobuf() {
        byte[] value = {};
        for (int depth = 0; depth < 5_000; depth++) { // an ArrayValue of an AnyValue
            value = field(5, field(1, value));
        }
        byte[] request = field(1, field(2, field(2, field(5, value))));
        assertThat(only(OtlpLogs.decode(request, OtlpEncoding.PROTOBUF)).message())
                .contains("(nested more than 20 deep)");
        byte[] groups = new byte[100_000];
        Arrays.fill(groups, (byte) (15 << 3 | 3));
        assertThatExceptionOfType(MalformedOtlpException.class)
                .isThrownBy(() -> OtlpLogs.decode(groups, OtlpEncoding.PROTOBUF));
    }

    private static byte[] field(int number, byte[] content) {
        var out = ByteString.newOutput();
        var coded = com.google.protobuf.CodedOutputStream.newInstance(out);
        try {
            coded.writeByteArray(number, content);
            coded.flush();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteString().toByteArray();
    }

    @Test
    void emptyRecordsDoNotFillTheMemory() {
        byte[] records = new byte[2 * (RequestRecords.MAX_RECORDS + 5)];
        for (int i = 0; i < records.length; i += 2) {
            records[i] = 2 << 3 | 2;
        }
        Decoded decoded = OtlpLogs.decode(field(1, field(2, records)), OtlpEncoding.PROTOBUF);
        assertThat(decoded.records()).hasSize(RequestRecords.MAX_RECORDS);
        assertThat(decoded.rejected()).isEqualTo(5);
        assertThat(decoded.reason()).endsWith("logRecords[262144]: a request may have 262144 records at most");
    }

    @Test
    void aTruncatedRequestIsRefusedWhereverItEnds() {
        byte[] request = OtlpRequests.example().toByteArray();
        for (int end = 1; end < request.length; end++) {
            byte[] part = Arrays.copyOf(request, end);
            assertThatThrownBy(() -> OtlpLogs.decode(part, OtlpEncoding.PROTOBUF))
                    .as("%d bytes", end)
                    .isInstanceOf(MalformedOtlpException.class);
        }
        byte[] json = OtlpRequests.EXAMPLE_IN_JSON.getBytes(UTF_8);
        for (int end = 0; end < json.length; end++) {
            byte[] part = Arrays.copyOf(json, end);
            assertThatThrownBy(() -> OtlpLogs.decode(part, OtlpEncoding.JSON))
                    .as("%d bytes", end)
                    .isInstanceOf(MalformedOtlpException.class);
        }
    }

    @Test
    void whatIsNoProtobufIsRefusedWithAHint() {
        assertThatThrownBy(() -> OtlpLogs.decode("{\"resourceLogs\":[]}".getBytes(UTF_8), OtlpEncoding.PROTOBUF))
                .isInstanceOf(MalformedOtlpException.class)
                .hasMessageStartingWith("the body is not an ExportLogsServiceRequest in protobuf")
                .hasMessageEndingWith(": it looks like JSON, which Content-Type must say");
        assertThatThrownBy(() -> OtlpLogs.decode(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0}, OtlpEncoding.PROTOBUF))
                .hasMessageEndingWith(": it looks like gzip, which Content-Encoding must say");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                          | the body is empty, it must be an ExportLogsServiceRequest in JSON
            []                                          | the request: the body must be an object, this one is an array
            null                                        | the request: the body must be an object, this one is null
            {} {}                                       | the body is not valid JSON: something follows its end
            {"resourceLogs":{}}                         | the request: resourceLogs must be an array, this one is an object
            {"resourceLogs":[7]}                        | resourceLogs[0]: it must be an object, this one is a number
            {"resourceLogs":[{},{"resource":[]}]}       | resourceLogs[1]: resource must be an object, this one is an array
            {"resourceLogs":[{"scopeLogs":[null]}]}     | resourceLogs[0].scopeLogs[0]: it must be an object, this one is null
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"text"}]}]}]}           | resourceLogs[0].scopeLogs[0].logRecords[0]: body must be an object, this one is a string
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":{"a":1}}]}]}]}    | resourceLogs[0].scopeLogs[0].logRecords[0]: attributes must be an array, this one is an object
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":[]}]}]}]}            | resourceLogs[0].scopeLogs[0].logRecords[0]: traceId must be a string or a number, this one is an array
            """)
    void jsonOfAnotherShapeIsRefused(String json, String message) {
        assertThatThrownBy(() -> decode(json))
                .isInstanceOf(MalformedOtlpException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsNoJsonIsRefusedInFewWords() {
        for (String body :
                new String[] {"x".repeat(100_000), "{\"a\":tru}", "{\"a\":" + "7".repeat(5_000) + "}", "\1"}) {
            assertThatThrownBy(() -> decode(body))
                    .isInstanceOf(MalformedOtlpException.class)
                    .hasMessageStartingWith("the body is not valid JSON: ")
                    .message()
                    .hasSizeLessThan(500)
                    .doesNotContain("Source", "REDACTED", "Jackson", "JsonReadFeature");
        }
    }

    @Test
    void theContentTypeNamesTheEncoding() {
        assertThat(OtlpEncoding.of(MediaType.of("application/x-protobuf"))).isEqualTo(OtlpEncoding.PROTOBUF);
        assertThat(OtlpEncoding.of(MediaType.of("application/json; charset=UTF-8")))
                .isEqualTo(OtlpEncoding.JSON);
        assertThat(OtlpEncoding.of(MediaType.of("application/json; charset=latin1")))
                .isNull();
        assertThat(OtlpEncoding.of(MediaType.of("text/plain"))).isNull();
    }

    @Test
    void answersSayWhatWasLeftOut() throws IOException {
        assertThat(OtlpAnswer.accepted(OtlpEncoding.PROTOBUF, 0, null)).isEmpty();
        assertThat(OtlpAnswer.accepted(OtlpEncoding.JSON, 0, null)).asString().isEqualTo("{}");
        var partial = ExportLogsServiceResponse.parseFrom(
                        OtlpAnswer.accepted(OtlpEncoding.PROTOBUF, 300_000, "so ü".repeat(100)))
                .getPartialSuccess();
        assertThat(partial.getRejectedLogRecords()).isEqualTo(300_000);
        assertThat(partial.getErrorMessage()).isEqualTo("so ü".repeat(100));
        assertThat(OtlpAnswer.accepted(OtlpEncoding.JSON, 3, "so \"ü\""))
                .asString(UTF_8)
                .isEqualTo("{\"partialSuccess\":{\"rejectedLogRecords\":\"3\",\"errorMessage\":\"so \\\"ü\\\"\"}}");
    }

    @Test
    void errorsAreStatusesOfGrpc() throws IOException {
        assertThat(OtlpAnswer.error(OtlpEncoding.JSON, 400, "not \"so\""))
                .asString(UTF_8)
                .isEqualTo("{\"code\":3,\"message\":\"not \\\"so\\\"\"}");
        var in = CodedInputStream.newInstance(OtlpAnswer.error(OtlpEncoding.PROTOBUF, 503, "später"));
        assertThat(in.readTag()).isEqualTo(1 << 3);
        assertThat(in.readInt32()).isEqualTo(14);
        assertThat(in.readTag()).isEqualTo(2 << 3 | 2);
        assertThat(in.readString()).isEqualTo("später");
        assertThat(in.isAtEnd()).isTrue();
        assertThat(List.of(OtlpAnswer.code(401), OtlpAnswer.code(403), OtlpAnswer.code(429), OtlpAnswer.code(500)))
                .containsExactly(16, 7, 8, 13);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "none"})
    void whatTheSdkOfJavaSendsIsRead(String compression) throws IOException {
        List<LogRecord> received = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/logs", exchange -> {
            boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            assertThat(zipped).isEqualTo(compression.equals("gzip"));
            var body = zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody();
            MediaType type =
                    MediaType.of(String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")));
            OtlpEncoding encoding = Objects.requireNonNull(OtlpEncoding.of(type));
            Decoded decoded = OtlpLogs.decode(body.readAllBytes(), encoding);
            received.addAll(decoded.records());
            byte[] answer = OtlpAnswer.accepted(encoding, 1, "one was left out");
            exchange.getResponseHeaders().add("Content-Type", encoding.contentType());
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        var spanContext = SpanContext.create(
                OtlpRequests.TRACE_ID, OtlpRequests.SPAN_ID, TraceFlags.getSampled(), TraceState.getDefault());
        try (var provider = SdkLoggerProvider.builder()
                .setResource(io.opentelemetry.sdk.resources.Resource.create(
                        Attributes.of(AttributeKey.stringKey("service.name"), "shipping")))
                .addLogRecordProcessor(SimpleLogRecordProcessor.create(OtlpHttpLogRecordExporter.builder()
                        .setEndpoint("http://127.0.0.1:%d/v1/logs"
                                .formatted(server.getAddress().getPort()))
                        .setCompression(compression)
                        .build()))
                .build()) {
            provider.get("com.example.Shipping")
                    .logRecordBuilder()
                    .setTimestamp(Instant.parse("2026-11-28T08:00:00.000000001Z"))
                    .setSeverity(Severity.WARN2)
                    .setSeverityText("WARNING")
                    .setBody("too late")
                    .setAttribute(AttributeKey.stringArrayKey("orders"), List.of("7", "8"))
                    .setContext(Context.root().with(Span.wrap(spanContext)))
                    .emit();
            assertThat(provider.forceFlush().join(30, TimeUnit.SECONDS).isSuccess())
                    .isTrue();
        } finally {
            server.stop(0);
        }
        assertThat(received).hasSize(1);
        LogRecord record = received.getFirst();
        assertThat(record)
                .isEqualTo(new LogRecord(
                        new LogOrigin("shipping", null, "com.example.Shipping"),
                        Instant.parse("2026-11-28T08:00:00.000000001Z"),
                        record.observed(),
                        14,
                        "WARNING",
                        "too late",
                        "{\"orders\":[\"7\",\"8\"]}",
                        OtlpRequests.TRACE_ID,
                        OtlpRequests.SPAN_ID));
        assertThat(record.observed()).isNotNull();
    }
}
