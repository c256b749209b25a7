package io.eventhandler.logs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.eventhandler.json.Utf8;
import io.eventhandler.logs.OtlpLogs.Decoded;
import io.eventhandler.logstore.LogRecord;
import io.eventhandler.testing.Fuzzing;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a sender sends is records that can be kept, or refused. */
class OtlpLogsFuzzTest {

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();
    private static final int MAX_BYTES = (64 << 10) + 200;

    private static void check(byte[] input, OtlpEncoding encoding) {
        Decoded decoded;
        try {
            decoded = OtlpLogs.decode(input, encoding);
        } catch (MalformedOtlpException e) {
            Fuzzing.assertSayable(e.getMessage());
            assertThat(encoding == OtlpEncoding.PROTOBUF && parsed(input) != null)
                    .as(e.getMessage())
                    .isFalse();
            assertThat(OtlpAnswer.error(encoding, 400, e.getMessage())).isNotEmpty();
            return;
        }
        if (encoding == OtlpEncoding.PROTOBUF) {
            ExportLogsServiceRequest parsed = parsed(input);
            if (parsed != null) {
                assertThat(decoded.records().size() + decoded.rejected()).isEqualTo(count(parsed));
            }
        }
        decoded.records().forEach(OtlpLogsFuzzTest::check);
        if (decoded.rejected() > 0) {
            Fuzzing.assertSayable(decoded.reason());
        } else {
            assertThat(decoded.reason()).isNull();
        }
        OtlpAnswer.accepted(encoding, decoded.rejected(), decoded.reason());
    }

    /** As the generated classes read it, null when they don't. */
    private static @Nullable ExportLogsServiceRequest parsed(byte[] input) {
        try {
            return ExportLogsServiceRequest.parseFrom(input);
        } catch (InvalidProtocolBufferException e) {
            return null;
        }
    }

    private static long count(ExportLogsServiceRequest request) {
        return request.getResourceLogsList().stream()
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .mapToLong(scope -> scope.getLogRecordsCount())
                .sum();
    }

    private static void check(LogRecord record) {
        assertThat(record.severity()).isBetween(0, 24);
        assertThat(record.origin().service()).isNotBlank();
        keepable(record.origin().service(), 255);
        keepable(record.origin().logger(), MAX_BYTES);
        keepable(record.severityText(), MAX_BYTES);
        keepable(record.message(), MAX_BYTES);
        object(record.attributes());
        object(record.origin().resource());
        assertThat(record.traceId() == null || record.traceId().matches("[0-9a-f]{32}"))
                .isTrue();
        assertThat(record.spanId() == null || record.spanId().matches("[0-9a-f]{16}"))
                .isTrue();
    }

    private static void keepable(@Nullable String text, int maxBytes) {
        if (text != null) {
            assertThat(Utf8.faultOf(text)).isNull();
            assertThat(text.getBytes(UTF_8).length).isLessThanOrEqualTo(maxBytes);
        }
    }

    private static void object(@Nullable String json) {
        if (json != null) {
            keepable(json, MAX_BYTES);
            assertThat(JSON.readTree(json).isObject()).isTrue();
        }
    }

    @Test
    void protobuf() {
        Fuzzing.runBytes(
                List.of(
                        OtlpRequests.example().toByteArray(),
                        OtlpRequests.request(OtlpRequests.says(OtlpRequests.nested(25)))
                                .toByteArray(),
                        OtlpRequests.request(OtlpRequests.says(OtlpRequests.text("x".repeat(70_000))))
                                .toByteArray()),
                (input, mutations) -> check(input, OtlpEncoding.PROTOBUF));
    }

    @Test
    void json() {
        Fuzzing.run(
                List.of(
                        OtlpRequests.EXAMPLE_IN_JSON,
                        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"a\"},\"timeUnixNano\":\"1\"}]}]}]}"),
                (input, mutations) -> check(input, OtlpEncoding.JSON));
    }
}
