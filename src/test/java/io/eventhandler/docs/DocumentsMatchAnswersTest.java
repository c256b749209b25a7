package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.WebSocketHandshakeException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What a running replica answers over HTTP is what the document says: every status, header, body and error message. */
class DocumentsMatchAnswersTest {

    private static final ApiDocument DOCUMENT = ApiDocument.openApi();
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final String JSON = "application/json";
    private static final String A_LOG =
            "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"a\"}}]}]}]}";
    private static final String ADMIN_KEY = TestReplica.ADMIN_KEY;
    private static final String CLOUD_EVENT = "application/cloudevents+json";
    private static final String LINES = "application/x-ndjson";
    private static final String CLOUD_EVENTS = "application/cloudevents-batch+json";

    /** Headers that HTTP itself has and that mean nothing of their own here. */
    private static final Set<String> HEADERS_OF_HTTP =
            Set.of("date", "content-type", "content-length", "transfer-encoding", "connection");

    /** Statuses that any operation may answer, described together. */
    private static final Set<Integer> OTHER = Set.of(400, 401, 403, 404, 405, 408, 414, 421, 429, 431, 500, 501, 505);

    private static final Set<String> PROVOKED = new ConcurrentSkipListSet<>();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(DATABASE);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String responses(String operation) {
        String[] methodAndPath = operation.split(" ", 2);
        return "/paths/%s/%s/responses"
                .formatted(ApiDocument.escape(methodAndPath[1]), methodAndPath[0].toLowerCase(Locale.ROOT));
    }

    /** Checks an answer against what the operation documents for its status. */
    private static Answer check(String operation, int status, Answer answer) {
        String what = operation + " " + answer.status() + " " + answer.body();
        assertThat(answer.status()).as(what).isEqualTo(status);
        List<String> documented = DOCUMENT.names(responses(operation));
        String key = documented.contains(String.valueOf(status)) ? String.valueOf(status) : "default";
        assertThat(!key.equals("default") || OTHER.contains(status)).as(what).isTrue();
        PROVOKED.add(operation + " " + key);
        String response = DOCUMENT.follow(responses(operation) + "/" + key);
        checkHeaders(response, answer.response().headers(), what);
        if (!answer.body().isEmpty()) {
            checkBody(response, answer, what);
        }
        return answer;
    }

    private static void checkHeaders(String response, HttpHeaders headers, String what) {
        Set<String> documented = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        documented.addAll(DOCUMENT.at(response).path("headers").propertyNames());
        Set<String> real = new TreeSet<>(headers.map().keySet());
        real.removeAll(HEADERS_OF_HTTP);
        assertThat(documented).as(what).containsAll(real);
        assertThat(headers.firstValue("Retry-After").isPresent())
                .as(what)
                .isEqualTo(documented.contains("Retry-After"));
    }

    private static void checkBody(String response, Answer answer, String what) {
        String type = answer.header("Content-Type").replaceFirst(";.*", "");
        String media = response + "/content/" + ApiDocument.escape(type);
        JsonNode body = type.endsWith("json") && !type.equals(LINES)
                ? answer.json()
                : ApiDocument.JSON.valueToTree(answer.body());
        assertThat(DOCUMENT.faults(media + "/schema", body)).as(what).isEmpty();
    }

    /** The same, for an error whose message is one of the document's examples. */
    private static void checkError(String operation, int status, Answer answer) {
        check(operation, status, answer);
        List<String> documented = DOCUMENT.names(responses(operation));
        String key = documented.contains(String.valueOf(status)) ? String.valueOf(status) : "default";
        String response = DOCUMENT.follow(responses(operation) + "/" + key);
        List<String> examples = DOCUMENT.at(response + "/content/application~1json")
                .get("examples")
                .valueStream()
                .map(example -> example.at("/value/message").stringValue())
                .toList();
        assertThat(examples.stream().map(DocumentsMatchAnswersTest::alike)).contains(alike(answer.message()));
    }

    /** The head and the epoch differ from example to example. */
    private static String alike(String message) {
        return message.replaceFirst("which is \\d+", "which is …").replaceFirst("is now '\\w+'", "is now …");
    }

    private static Answer send(TestReplica to, String method, String path, @Nullable String type, String body) {
        HttpRequest.Builder request = to.request(path);
        if (type != null) {
            request.header("Content-Type", type);
        }
        return TestReplica.send(request.method(method, BodyPublishers.ofString(body)));
    }

    private static Answer accepting(String path, String header, String value) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri(path)).header(header, value));
    }

    @Test
    void everyAnswerOfEveryOperationIsAsDocumented() throws SQLException {
        var waiting = CompletableFuture.runAsync(DocumentsMatchAnswersTest::databaseAway, Thread::startVirtualThread);
        successes();
        errors();
        limits();
        removedEvents();
        slowQueries();
        waiting.join();
        Set<String> documented = new TreeSet<>();
        for (String path : DOCUMENT.names("/paths")) {
            for (String method : DOCUMENT.names("/paths/" + ApiDocument.escape(path))) {
                String operation = method.toUpperCase(Locale.ROOT) + " " + path;
                DOCUMENT.names(responses(operation)).forEach(status -> documented.add(operation + " " + status));
            }
        }
        documented.removeIf(answer -> answer.endsWith(" default")); // alike for all, provoked on some
        documented.remove("GET /health/live 503"); // a replica that can't go on
        documented.remove("POST /keys 409"); // a test of its own makes so many
        assertThat(new TreeSet<>(PROVOKED)).containsAll(documented);
    }

    private static void successes() {
        DOCUMENT.at("/paths/~1publish/post/requestBody/content")
                .propertyStream()
                .forEach(content -> {
                    for (JsonNode example : content.getValue().get("examples")) {
                        String body = example.get("value").toString();
                        check("POST /publish", 200, send(replica, "POST", "/publish", content.getKey(), body));
                    }
                });
        String keyed = "{\"event_name\":\"a\",\"payload\":1,\"idempotency_key\":\"used\"}";
        check("POST /publish", 200, replica.post(keyed));
        Answer replayed = check("POST /publish", 200, replica.post(keyed));
        assertThat(replayed.header("Idempotency-Replayed")).isEqualTo("true");
        Answer partly =
                check("POST /publish", 200, replica.post("[{\"event_name\":\"b\",\"payload\":1},%s]".formatted(keyed)));
        assertThat(partly.json().at("/data/ids").size()).isEqualTo(2);
        HttpRequest.Builder binary = HttpRequest.newBuilder(replica.uri("/publish"))
                .header("Content-Type", JSON)
                .POST(BodyPublishers.ofString("{\"a\":1}"));
        Map.of(
                        "specversion", "1.0",
                        "id", "b1",
                        "source", "/shop",
                        "type", "order.paid",
                        "time", "2026-08-01T12:00:00Z",
                        "subject", "7",
                        "dataschema", "https://example.com/order")
                .forEach((name, value) -> binary.header("ce-" + name, value));
        Answer published = check("POST /publish", 200, TestReplica.send(binary));
        Answer page = check("GET /events", 200, replica.get("/events?limit=1"));
        assertThat(page.header("Link")).isNotEmpty();
        check("GET /events", 200, accepting("/events", "Accept", CLOUD_EVENTS));
        Answer lines = check("GET /events", 200, accepting("/events?event_name=order.*", "Accept", LINES));
        assertThat(lines.body().lines())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(
                                DOCUMENT.faults("/components/schemas/Event", ApiDocument.JSON.readTree(line)))
                        .isEmpty());
        String one = "/events/" + published.eventId();
        check("GET /events/{id}", 200, replica.get(one));
        check("GET /events/{id}", 200, accepting(one, "Accept", CLOUD_EVENT));
        check("GET /health/live", 200, replica.get("/health/live"));
        check("GET /health/ready", 200, replica.get("/health/ready"));
        check("GET /metrics", 200, replica.get("/metrics"));
        keys();
        logs();
        for (String path : List.of("/openapi.json", "/asyncapi.json", "/docs")) {
            Answer answer = check("GET " + path, 200, replica.get(path));
            check("GET " + path, 304, accepting(path, "If-None-Match", answer.header("ETag")));
        }
        try (TestEventSource stream = new TestEventSource(replica.uri("/events/stream"), null)) {
            checkHeaders(responses("GET /events/stream") + "/200", stream.headers(), "GET /events/stream");
            PROVOKED.add("GET /events/stream 200");
        }
        replica.connect().close();
        PROVOKED.add("GET /ws 101");
    }

    private static void logs() {
        String post = "POST /v1/logs";
        String body = DOCUMENT.at("/paths/~1v1~1logs/post/requestBody/content/application~1json/examples/one/value")
                .toString();
        check(post, 200, send(replica, "POST", "/v1/logs", JSON, body));
        String rejected = body.replace("\"severityNumber\":9", "\"severityNumber\":9,\"traceId\":\"00ff\"");
        check(post, 200, send(replica, "POST", "/v1/logs", JSON, rejected));
        check(post, 400, send(replica, "POST", "/v1/logs", JSON, "{"));
        check(post, 413, send(replica, "POST", "/v1/logs", JSON, " ".repeat(17 << 20)));
        check(post, 415, send(replica, "POST", "/v1/logs", "text/plain", "x"));
        check("GET /logs", 200, replica.get("/logs?service=billing"));
        Answer lines = check("GET /logs", 200, accepting("/logs?limit=1", "Accept", LINES));
        assertThat(DOCUMENT.faults("/components/schemas/LogRecord", ApiDocument.JSON.readTree(lines.body())))
                .isEmpty();
        check("GET /logs", 400, replica.get("/logs?service=%ff"));
        checkError("GET /logs", 422, replica.get("/logs?level=loud"));
    }

    private static void keys() {
        String body = DOCUMENT.at("/paths/~1keys/post/requestBody/content/application~1json/examples/key/value")
                .toString();
        Answer created = check("POST /keys", 201, send(replica, "POST", "/keys", JSON, body));
        check("GET /keys", 200, replica.get("/keys"));
        String key = "/keys/" + created.json().at("/data/id").stringValue();
        check("DELETE /keys/{id}", 200, replica.delete(key));
        check("DELETE /keys/{id}", 404, replica.delete(key));
        check("POST /keys", 400, send(replica, "POST", "/keys", JSON, "{"));
        checkError("POST /keys", 415, send(replica, "POST", "/keys", "text/plain", body));
        checkError("POST /keys", 413, send(replica, "POST", "/keys", JSON, " ".repeat(70_000)));
        checkError("POST /keys", 422, send(replica, "POST", "/keys", JSON, "{}"));
        checkError(
                "POST /keys",
                422,
                send(replica, "POST", "/keys", JSON, "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\"]}]}"));
        check("POST /tickets", 200, send(replica, "POST", "/tickets", JSON, ""));
        try (TestReplica guarded = TestReplica.startGuarded(DATABASE)) {
            checkError("GET /events", 401, guarded.get("/events"));
            TestReplica admin = guarded.as(ADMIN_KEY);
            DATABASE.execute("""
                    INSERT INTO tickets SELECT sha256(n::text::bytea), now() + interval '1 hour', NULL, 'admin', '[]', NULL
                    FROM generate_series(1, 1000) n""");
            checkError("POST /tickets", 429, send(admin, "POST", "/tickets", JSON, ""));
        }
    }

    private static void errors() {
        String publish = "POST /publish";
        checkError(publish, 400, send(replica, "POST", "/publish", JSON, ""));
        checkError(publish, 413, replica.publish("a", "\"" + "x".repeat((1 << 20) + 10) + "\""));
        checkError(publish, 415, send(replica, "POST", "/publish", "text/plain", "x"));
        checkError(publish, 415, send(replica, "POST", "/publish", null, "{\"event_name\":\"a\",\"payload\":1}"));
        checkError(publish, 415, send(replica, "POST", "/publish", "application/json; charset=latin1", "x"));
        for (String coding : List.of("br", "gzip")) {
            checkError(
                    publish,
                    coding.equals("br") ? 415 : 400,
                    TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                            .header("Content-Type", "application/json")
                            .header("Content-Encoding", coding)
                            .POST(BodyPublishers.ofString("x"))));
        }
        checkError(publish, 422, replica.publish("", "1"));
        String metadata = "{\"n\":\"%s\"}".formatted("x".repeat((16 << 10) + 10));
        checkError(
                publish, 422, replica.post("{\"event_name\":\"a\",\"payload\":1,\"metadata\":%s}".formatted(metadata)));
        checkError(publish, 422, replica.post("{\"event_name\":\"a\"}"));
        checkError(publish, 422, replica.post("{\"event_name\":\"a\",\"payload\":1,\"colour\":1}"));
        checkError(publish, 422, replica.post("[{\"event_name\":\"a\",\"payload\":1},{\"payload\":1}]"));
        checkError(publish, 422, send(replica, "POST", "/publish", CLOUD_EVENT, "{\"specversion\":\"1.0\"}"));
        String reused = "{\"event_name\":\"a\",\"payload\":2,\"idempotency_key\":\"used\"}";
        checkError(publish, 422, replica.post(reused));
        checkError(
                publish,
                422,
                TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", "other")
                        .POST(BodyPublishers.ofString(reused))));
        checkError(publish, 405, replica.get("/publish"));
        checkError(
                publish,
                403,
                TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                        .header("Origin", "https://elsewhere.example")
                        .POST(BodyPublishers.ofString("x"))));
        for (String query : List.of("limit=0", "order=up", "limit=1&limit=2", "colour=red", "payload=", "since=x")) {
            checkError("GET /events", 422, replica.get("/events?" + query));
        }
        checkError("GET /events", 400, replica.get("/events?event_name=%ff"));
        check("GET /events", 405, send(replica, "DELETE", "/events", null, ""));
        checkError("GET /events", 404, replica.get("/nowhere"));
        check("GET /events", 431, accepting("/events", "X-Large", "x".repeat(20_000)));
        checkError("GET /events/{id}", 404, replica.get("/events/999999"));
        checkError("GET /events/{id}", 422, replica.get("/events/x"));
        String stream = "GET /events/stream";
        checkError(stream, 400, replica.get("/events/stream?event_name=%ff"));
        checkError(stream, 422, replica.get("/events/stream?limit=1"));
        checkError(stream, 422, replica.get("/events/stream?after=99"));
        checkError(stream, 422, accepting("/events/stream", "Last-Event-ID", "x"));
        check(stream, 405, send(replica, "PUT", "/events/stream", null, ""));
        checkError("GET /ws", 426, replica.get("/ws"));
    }

    private static void limits() {
        try (TestReplica full = TestReplica.start(DATABASE, "MAX_CONNECTIONS", "1", "MAX_PENDING_SIZE", "1MiB");
                TestEventSource first = new TestEventSource(full.uri("/events/stream"), null)) {
            assertThat(first.status()).isEqualTo(200);
            check("GET /events/stream", 503, full.get("/events/stream"));
            assertThatThrownBy(full::connect)
                    .hasCauseInstanceOf(WebSocketHandshakeException.class)
                    .cause()
                    .satisfies(refusal -> assertThat(((WebSocketHandshakeException) refusal)
                                    .getResponse()
                                    .statusCode())
                            .isEqualTo(503));
            PROVOKED.add("GET /ws 503");
            checkError("POST /publish", 503, full.post("[" + "1".repeat(2 << 20)));
        }
    }

    private static void removedEvents() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica first = TestReplica.start(database)) {
            for (int n = 0; n < 5; n++) {
                first.publish("a", "1");
            }
        }
        database.execute("DELETE FROM events WHERE id < 5");
        try (TestReplica second = TestReplica.start(database)) {
            checkError("GET /events/stream", 409, second.get("/events/stream?after=1&epoch=old"));
            checkError("GET /events/stream", 410, second.get("/events/stream?after=0"));
        }
    }

    /** Behind a lock that nobody gives up. */
    private static void slowQueries() throws SQLException {
        TestDatabase database = TestDatabase.create();
        try (TestReplica slow = TestReplica.start(database, "HISTORY_TIMEOUT", "100ms", "LOG_TIMEOUT", "100ms");
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE events, log_records");
            checkError("GET /logs", 504, slow.get("/logs"));
            checkError("GET /events", 504, slow.get("/events"));
            checkError("GET /events/{id}", 504, slow.get("/events/1"));
            connection.rollback();
        }
    }

    private static void databaseAway() {
        var url = DATABASE.url();
        try (var proxy = new TcpProxy(url.hosts().getFirst().port());
                TestReplica starting = TestReplica.start(
                        "postgresql://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
                                .formatted(url.user(), url.password(), proxy.port(), url.database()),
                        "PUBLISH_TIMEOUT",
                        "1s",
                        "AUTH",
                        "required",
                        "ADMIN_KEY",
                        ADMIN_KEY);
                TestReplica away = starting.as(ADMIN_KEY)) {
            proxy.target(0); // where nothing listens
            proxy.cut();
            CompletableFuture.allOf(Stream.<Runnable>of(
                                    () -> check("POST /publish", 503, away.publish("a", "1")),
                                    () -> checkError("GET /events", 503, away.get("/events")),
                                    () -> checkError("GET /events/{id}", 503, away.get("/events/1")),
                                    () -> check("POST /v1/logs", 503, send(away, "POST", "/v1/logs", JSON, A_LOG)),
                                    () -> checkError("GET /logs", 503, away.get("/logs")),
                                    () -> checkError("GET /keys", 503, away.get("/keys")),
                                    () -> checkError("DELETE /keys/{id}", 503, away.delete("/keys/1")),
                                    () -> check(
                                            "POST /keys",
                                            503,
                                            send(away, "POST", "/keys", JSON, "{\"name\":\"a\",\"grants\":[]}")),
                                    () -> checkError("POST /tickets", 503, send(away, "POST", "/tickets", JSON, "")),
                                    () -> check("GET /health/ready", 503, away.get("/health/ready")))
                            .map(request -> CompletableFuture.runAsync(request, Thread::startVirtualThread))
                            .toArray(CompletableFuture[]::new))
                    .join();
            proxy.target(url.hosts().getFirst().port()); // a replica stops sooner when it can tell the log
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"event_name":"a.b","payload":null}                             | true
            {"event_name":"a","payload":[1],"source":"s","metadata":{}}     | true
            {"event_name":"a","payload":1,"metadata":{"k":"v"}}             | true
            {"event_name":"é.ü","payload":1}                                | true
            {"event_name":"a*.>b","payload":1}                              | true
            {"event_name":"a"}                                              | false
            {"payload":1}                                                   | false
            {"event_name":"","payload":1}                                   | false
            {"event_name":"a..b","payload":1}                               | false
            {"event_name":".a","payload":1}                                 | false
            {"event_name":"a.*","payload":1}                                | false
            {"event_name":">","payload":1}                                  | false
            {"event_name":"a b","payload":1}                                | false
            {"event_name":7,"payload":1}                                    | false
            {"event_name":"a","payload":1,"source":""}                      | false
            {"event_name":"a","payload":1,"metadata":{"k":1}}               | false
            {"event_name":"a","payload":1,"metadata":"k"}                   | false
            {"event_name":"a","payload":1,"colour":1}                       | false
            []                                                              | false
            [{"event_name":"a","payload":1},{"event_name":"b","payload":2}] | true
            [{"event_name":"a","payload":1},{}]                             | false
            """)
    void theSchemaTakesTheBodiesThatTheServiceTakes(String body, boolean valid) {
        String schema = "/paths/~1publish/post/requestBody/content/application~1json/schema";
        assertThat(DOCUMENT.faults(schema, ApiDocument.JSON.readTree(body)).isEmpty())
                .isEqualTo(valid);
        assertThat(replica.post(body).status()).isEqualTo(valid ? 200 : 422);
    }
}
