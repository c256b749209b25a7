package io.eventhandler.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Gzip;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Logs of services from their senders to their readers. */
class LogsEndpointTest {

    private static final String JSON = "application/json";
    private static final String PROTOBUF = "application/x-protobuf";
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static Answer send(TestReplica to, byte[] body, String contentType, String... headers) {
        HttpRequest.Builder request = to.request("/v1/logs").POST(BodyPublishers.ofByteArray(body));
        request.setHeader("Content-Type", contentType);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return TestReplica.send(request);
    }

    private static Answer send(String json) {
        return send(replica, json.getBytes(StandardCharsets.UTF_8), JSON);
    }

    /** A request with one record of a service. */
    private static String request(String service, String record) {
        return """
                {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}},
                {"key":"host.name","value":{"stringValue":"h1"}}]},
                "scopeLogs":[{"scope":{"name":"com.example.Billing"},"logRecords":[%s]}]}]}""".formatted(service, record);
    }

    private static String record(String time, int severity, String message) {
        return """
                {"timeUnixNano":"%s","severityNumber":%d,"body":{"stringValue":"%s"},"traceId":"%s","spanId":"b7ad6b7169203331",
                "attributes":[{"key":"order","value":{"intValue":"7"}}]}""".formatted(time, severity, message, TRACE);
    }

    private static List<JsonNode> logs(TestReplica of, String query) {
        Answer answer = of.get("/logs?" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("data").valueStream().toList();
    }

    private static List<String> messages(String query) {
        return logs(replica, query).stream()
                .map(log -> log.get("message").stringValue())
                .toList();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void whatAServiceSendsIsFoundByEachOfItsMembers() {
        assertThat(send(request("shop.billing", record("1700000000000000000", 9, "It began")))
                        .body())
                .isEqualTo("{}");
        assertThat(send(request("shop.billing", record("1700000001000000000", 17, "It FAILED badly")))
                        .status())
                .isEqualTo(200);
        assertThat(send(request(
                                "other",
                                "{\"body\":{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"doubleValue\":1.5}}]}}}"))
                        .status())
                .isEqualTo(200);

        JsonNode log = logs(replica, "service=shop.billing&limit=1").getFirst();
        assertThat(log.get("id").longValue()).isPositive();
        assertThat(log.get("time").stringValue()).isEqualTo("2023-11-14T22:13:21Z");
        assertThat(log.get("service").stringValue()).isEqualTo("shop.billing");
        assertThat(log.get("level").stringValue()).isEqualTo("error");
        assertThat(log.get("attributes").toString()).isEqualTo("{\"order\":7}");
        assertThat(log.get("resource").get("host.name").stringValue()).isEqualTo("h1");
        assertThat(log.get("trace_id").stringValue()).isEqualTo(TRACE);
        assertThat(log.get("span_id").stringValue()).isEqualTo("b7ad6b7169203331");
        assertThat(log.get("logger").stringValue()).isEqualTo("com.example.Billing");

        assertThat(messages("service=shop.*")).containsExactly("It FAILED badly", "It began");
        assertThat(messages("service=shop.*&order=asc")).containsExactly("It began", "It FAILED badly");
        assertThat(messages("service=shop.*&level=warn")).containsExactly("It FAILED badly");
        assertThat(messages("service=shop.*&until=2023-11-14T22:13:21Z")).containsExactly("It began");
        assertThat(messages("since=2023-11-14T22:13:20.5Z&until=2023-11-15T00:00:00Z"))
                .containsExactly("It FAILED badly");
        assertThat(messages("since=2023-11-14T00:00:00Z&text=failed")).containsExactly("It FAILED badly");
        assertThat(messages("service=shop.*&trace_id=" + TRACE.toUpperCase(Locale.ROOT)))
                .hasSize(2);
        assertThat(messages("service=shop.*&attribute=" + encode("{\"order\":7}")))
                .hasSize(2);
        assertThat(messages("service=shop.*&attribute=" + encode("{\"order\":8}")))
                .isEmpty();
        assertThat(messages("service=nobody")).isEmpty();
        JsonNode other = logs(replica, "service=other").getFirst();
        assertThat(other.get("level").stringValue()).isEqualTo("unspecified");
        assertThat(other.get("message").stringValue()).isEqualTo("{\"a\":1.5}");
    }

    @Test
    void protobufAndGzipAreTakenAndPagesLeadToTheNext() throws Exception {
        var scope = ScopeLogs.newBuilder();
        for (int n = 0; n < 5; n++) {
            scope.addLogRecords(LogRecord.newBuilder()
                    .setTimeUnixNano(1_700_000_000_000_000_000L + n)
                    .setBody(AnyValue.newBuilder().setStringValue("n" + n)));
        }
        byte[] body = ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(Resource.newBuilder()
                                .addAttributes(KeyValue.newBuilder()
                                        .setKey("service.name")
                                        .setValue(AnyValue.newBuilder().setStringValue("paged"))))
                        .addScopeLogs(scope))
                .build()
                .toByteArray();
        Answer answer = send(replica, Gzip.of(body), PROTOBUF, "Content-Encoding", "gzip");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo(PROTOBUF);

        Answer page = replica.get("/logs?service=paged&limit=2&order=asc");
        String all = page.body();
        int pages = 1;
        while (page.response().headers().firstValue("Link").isPresent()) {
            page = replica.get(page.nextPage());
            all += page.body();
            pages++;
        }
        assertThat(pages).as(all).isEqualTo(3);
        assertThat(all.replaceAll("(?s).*?\"message\":\"(n\\d)\"|\\].*?$", "$1"))
                .contains("n0n1n2n3n4");

        Answer lines =
                TestReplica.send(replica.request("/logs?service=paged").header("Accept", "application/x-ndjson"));
        assertThat(lines.body()
                        .lines()
                        .map(line ->
                                new JsonMapper().readTree(line).get("message").stringValue()))
                .containsExactly("n4", "n3", "n2", "n1", "n0");
        assertThat(Scrape.of(replica).get("eventhandler_log_records_stored_total"))
                .isGreaterThanOrEqualTo(5);
    }

    @Test
    void whatMakesNoSenseIsRefusedInTheSendersOwnEncoding() throws Exception {
        Answer malformed = send("{\"resourceLogs\":[");
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(malformed.json().get("code").intValue()).isEqualTo(3);
        assertThat(malformed.json().get("message").stringValue()).isNotBlank();
        Answer truncated = send(replica, new byte[] {10, 127, 1}, PROTOBUF);
        assertThat(truncated.status()).isEqualTo(400);
        assertThat(truncated.header("Content-Type")).isEqualTo(PROTOBUF);
        assertThat(send(replica, new byte[0], "text/plain").status()).isEqualTo(415);
        assertThat(send(replica, "{}".getBytes(StandardCharsets.UTF_8), JSON, "Content-Encoding", "zstd")
                        .status())
                .isEqualTo(415);
        byte[] bomb = Gzip.of(new byte[(64 << 20) + 1]);
        assertThat(send(replica, bomb, PROTOBUF, "Content-Encoding", "gzip").status())
                .isEqualTo(413);

        Answer partial = send(request(
                "partly", record("1", 9, "good") + ",{\"traceId\":\"abc\",\"body\":{\"stringValue\":\"bad\"}}"));
        assertThat(partial.status()).isEqualTo(200);
        assertThat(partial.json().at("/partialSuccess/rejectedLogRecords").asString())
                .isEqualTo("1");
        assertThat(partial.json().at("/partialSuccess/errorMessage").stringValue())
                .isNotBlank();
        assertThat(messages("service=partly")).containsExactly("good");
        assertThat(Scrape.of(replica).get("eventhandler_log_records_rejected_total"))
                .isEqualTo(1);

        for (String query : List.of(
                "level=loud",
                "text=",
                "trace_id=xyz",
                "attribute=7",
                "attribute=%7B",
                "service=a..b",
                "limit=1001",
                "colour=1",
                "since=now")) {
            Answer answer = replica.get("/logs?" + query);
            assertThat(answer.status()).as(query).isEqualTo(422);
            assertThat(answer.message()).contains(query.replaceFirst("=.*", ""));
        }
    }

    @Test
    void grantsSayWhoseLogsMayBeWrittenAndRead() {
        try (TestReplica guarded = TestReplica.startGuarded(TestDatabase.create())) {
            assertThat(send(guarded.as(null), "{}".getBytes(StandardCharsets.UTF_8), JSON)
                            .status())
                    .isEqualTo(401);
            TestReplica writer = guarded.as(key(guarded, "[\"write_logs\"]", "[\"shop.*\"]"));
            TestReplica reader = guarded.as(key(guarded, "[\"read_logs\"]", "[\"shop.*\"]"));
            TestReplica everywhere = guarded.as(key(guarded, "[\"write_logs\",\"read_logs\"]", "[]"));
            for (String service : List.of("shop.one", "other")) {
                byte[] body = request(service, record("1", 9, "said")).getBytes(StandardCharsets.UTF_8);
                assertThat(send(everywhere, body, JSON).status()).isEqualTo(200);
                assertThat(send(reader, body, JSON).status()).isEqualTo(403);
                assertThat(send(writer, body, JSON).status()).isEqualTo(service.equals("other") ? 403 : 200);
            }
            assertThat(logs(everywhere, "")).hasSize(3);
            assertThat(logs(reader, "")).hasSize(2);
            assertThat(logs(reader, "service=shop.one")).hasSize(2);
            assertThat(reader.get("/logs?service=other").status()).isEqualTo(403);
            assertThat(writer.get("/logs").status()).isEqualTo(403);
        }
    }

    private static String key(TestReplica guarded, String actions, String services) {
        Answer answer = guarded.as(TestReplica.ADMIN_KEY)
                .post(
                        "/keys",
                        "{\"name\":\"k\",\"grants\":[{\"actions\":%s,\"event_names\":%s}]}"
                                .formatted(actions, services),
                        JSON);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().at("/data/key").stringValue();
    }
}
