package io.eventhandler.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Who may do what: every route and every action, with every kind of credential. */
class AccessTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final String SECRET = "a-secret-of-32-bytes-0123456789-";
    private static final String ALL = "[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\">\"]}]";

    private static TestDatabase database;
    private static TestReplica replica;
    private static TestReplica admin;

    @BeforeAll
    static void start() {
        database = TestDatabase.create();
        replica = TestReplica.startGuarded(
                database,
                "MAX_REFUSALS",
                "0",
                "JWT_SECRET",
                SECRET,
                "JWT_ISSUER",
                TestIssuer.ISSUER,
                "JWT_AUDIENCE",
                TestIssuer.AUDIENCE);
        admin = replica.as(ADMIN);
        assertThat(admin.publish("order.created", "1").status()).isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static JsonNode createKey(String grants, String more) {
        Answer answer =
                admin.post("/keys", "{\"name\":\"test\",\"grants\":%s%s}".formatted(grants, more), "application/json");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().get("data");
    }

    private static String key(String grants, String more) {
        return createKey(grants, more).get("key").stringValue();
    }

    private static String key(String grants) {
        return key(grants, "");
    }

    private static String grant(String action, String eventName) {
        return "[{\"actions\":[\"%s\"],\"event_names\":[\"%s\"]}]".formatted(action, eventName);
    }

    /** A JSON Web Token with these grants. */
    private static String jwt(String grants) {
        return TestIssuer.token(SECRET, TestIssuer.claims(grants, ""));
    }

    private static int upgrade(TestReplica client) {
        try (TestSubscriber subscriber = client.connect()) {
            subscriber.awaitPong();
            return 101;
        } catch (CompletionException e) {
            return e.getCause() instanceof WebSocketHandshakeException refusal
                    ? refusal.getResponse().statusCode()
                    : 0;
        }
    }

    private static int stream(TestReplica client, String query) {
        try {
            var response = java.net.http.HttpClient.newHttpClient()
                    .send(client.request("/events/stream" + query).build(), BodyHandlers.ofInputStream());
            response.body().close();
            return response.statusCode();
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What is asked for.
     *
     * @param needed a grant that is enough, null for the admin's
     * @param other a grant that is not
     * @param refused the status when the credential is known and not enough
     */
    private record Row(
            ToIntFunction<TestReplica> ask, @Nullable String needed, String other, int allowed, int refused) {}

    private static Map<String, Row> rows() {
        Map<String, Row> rows = new LinkedHashMap<>();
        rows.put(
                "POST /publish",
                new Row(
                        client -> client.publish("order.created", "1").status(),
                        grant("publish", "order.*"),
                        grant("subscribe", ">"),
                        200,
                        403));
        rows.put(
                "GET /events",
                new Row(
                        client -> client.get("/events?event_name=order.*").status(),
                        grant("subscribe", "order.*"),
                        grant("publish", ">"),
                        200,
                        403));
        rows.put(
                "GET /events/{id}",
                new Row(
                        client -> client.get("/events/" + orderId()).status(),
                        grant("subscribe", "order.*"),
                        grant("publish", ">"),
                        200,
                        404));
        rows.put(
                "GET /events/stream",
                new Row(
                        client -> stream(client, "?event_name=order.*"),
                        grant("subscribe", "order.*"),
                        grant("subscribe", "order.a"),
                        200,
                        403));
        rows.put(
                "POST /v1/logs",
                new Row(
                        client -> client.post("/v1/logs", "{}", "application/json")
                                .status(),
                        grant("write_logs", "order.*"),
                        grant("read_logs", ">"),
                        200,
                        403));
        rows.put(
                "GET /logs",
                new Row(
                        client -> client.get("/logs?service=order.*").status(),
                        grant("read_logs", "order.*"),
                        grant("write_logs", ">"),
                        200,
                        403));
        rows.put("GET /ws", new Row(AccessTest::upgrade, grant("subscribe", "a"), "", 101, 403));
        rows.put("GET /metrics", new Row(client -> client.get("/metrics").status(), null, ALL, 200, 403));
        rows.put("GET /keys", new Row(client -> client.get("/keys").status(), null, ALL, 200, 403));
        rows.put(
                "POST /keys",
                new Row(
                        client -> client.post(
                                        "/keys", "{\"name\":\"new\",\"grants\":%s}".formatted(ALL), "application/json")
                                .status(),
                        null,
                        ALL,
                        201,
                        403));
        rows.put(
                "DELETE /keys/{id}",
                new Row(client -> client.delete("/keys/0123456789abcdef").status(), null, ALL, 404, 403));
        rows.put(
                "POST /tickets",
                new Row(
                        client -> client.post("/tickets", "", "text/plain").status(),
                        grant("subscribe", "a"),
                        "",
                        200,
                        403));
        return rows;
    }

    private static final Set<String> OPEN =
            Set.of("GET /health/live", "GET /health/ready", "GET /docs", "GET /openapi.json", "GET /asyncapi.json");

    private static long orderId() {
        return admin.get("/events?event_name=order.created&limit=1")
                .json()
                .get("data")
                .get(0)
                .get("id")
                .longValue();
    }

    @Test
    void everyRouteHasARow() {
        Set<String> known = new TreeSet<>(rows().keySet());
        known.addAll(OPEN);
        assertThat(replica.service().routes()).containsExactlyElementsOf(known);
    }

    @Test
    void openRoutesNeedNoCredential() {
        for (String route : OPEN) {
            String path = route.substring("GET ".length());
            assertThat(replica.get(path).status()).as(path).isEqualTo(200);
            assertThat(replica.as("nonsense").get(path).status()).as(path).isEqualTo(200);
        }
    }

    @Test
    void everyRouteAsksForACredential() throws InterruptedException {
        JsonNode deleted = createKey(ALL, "");
        assertThat(admin.delete("/keys/" + deleted.get("id").stringValue()).status())
                .isEqualTo(200);
        Instant end = Instant.now().plusSeconds(1);
        String expired = key("[{\"actions\":[\"admin\"]}]", ",\"expires_at\":\"%s\"".formatted(end));
        while (Instant.now().isBefore(end)) {
            Thread.onSpinWait();
        }
        String other = deleted.get("key").stringValue();
        String admins = "[{\"actions\":[\"admin\"]}]";
        String taken = TestIssuer.claims(admins, "");
        rows().forEach((route, row) -> {
            for (String none : List.of(
                    "nonsense",
                    ADMIN.substring(1),
                    other,
                    other.substring(0, other.length() - 1) + "_",
                    "eh_0123456789abcdef_0123456789012345678901234567890123456789012",
                    expired,
                    TestIssuer.token(SECRET, taken.replace(TestIssuer.ISSUER, "https://other.test/")),
                    TestIssuer.token(SECRET, taken.replace(TestIssuer.AUDIENCE, "another")),
                    TestIssuer.token(SECRET, TestIssuer.claims(Instant.now().minusSeconds(100), admins, "")),
                    TestIssuer.token(SECRET + "x", taken),
                    TestIssuer.token(SECRET, taken).replaceFirst("[^.]*$", ""),
                    TestIssuer.token(SECRET, taken).replaceFirst("[.]", ""),
                    TestIssuer.token(SECRET, "[]"))) {
                assertThat(row.ask.applyAsInt(replica.as(none)))
                        .as("%s with %s", route, none)
                        .isEqualTo(401);
            }
            assertThat(row.ask.applyAsInt(replica)).as(route).isEqualTo(401);
        });
    }

    @Test
    void everyRouteAsksForAGrant() {
        rows().forEach((route, row) -> {
            assertThat(row.ask.applyAsInt(admin)).as(route).isEqualTo(row.allowed);
            if (!row.other.isEmpty()) {
                TestReplica other = replica.as(key(row.other));
                assertThat(row.ask.applyAsInt(other)).as(route).isEqualTo(row.refused);
                assertThat(row.ask.applyAsInt(replica.as(jwt(row.other))))
                        .as(route)
                        .isEqualTo(row.refused);
            }
            String enough = row.needed == null ? "[{\"actions\":[\"admin\"]}]" : row.needed;
            assertThat(row.ask.applyAsInt(replica.as(key(enough)))).as(route).isEqualTo(row.allowed);
            assertThat(row.ask.applyAsInt(replica.as(jwt(enough)))).as(route).isEqualTo(row.allowed);
        });
    }

    @Test
    void aRefusalSaysWhatRfc6750Demands() {
        assertThat(replica.get("/events").header("WWW-Authenticate")).isEqualTo("Bearer");
        Answer unknown = replica.as("nonsense").get("/events");
        assertThat(unknown.header("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
        Answer forbidden = replica.as(key(grant("publish", "a"))).publish("b", "1");
        assertThat(forbidden.status()).isEqualTo(403);
        assertThat(forbidden.header("WWW-Authenticate")).isEqualTo("Bearer error=\"insufficient_scope\"");
        assertThat(forbidden.message()).isEqualTo("this credential may not publish 'b'");
    }

    @Test
    void aBatchIsStoredWholeOrNotAtAll() {
        TestReplica client = replica.as(key(grant("publish", "batch.*")));
        Answer refused =
                client.post("[{\"event_name\":\"batch.a\",\"payload\":1},{\"event_name\":\"c\",\"payload\":1}]");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.message()).contains("'c'");
        assertThat(admin.get("/events?event_name=batch.*").json().get("data")).isEmpty();
    }

    @Test
    void aPinnedSourceIsTheOnlyOne() {
        TestReplica client = replica.as(key(ALL, ",\"source\":\"billing\""));
        assertThat(client.publish("pinned.none", "1").status()).isEqualTo(200);
        assertThat(client.post("{\"event_name\":\"pinned.own\",\"payload\":1,\"source\":\"billing\"}")
                        .status())
                .isEqualTo(200);
        Answer other = client.post("{\"event_name\":\"pinned.other\",\"payload\":1,\"source\":\"shop\"}");
        assertThat(other.status()).isEqualTo(403);
        assertThat(other.message()).isEqualTo("this credential publishes with the source 'billing', not 'shop'");
        JsonNode events = client.get("/events?event_name=pinned.*").json().get("data");
        assertThat(events)
                .hasSize(2)
                .allMatch(event -> event.get("source").stringValue().equals("billing"));
    }

    @Test
    void theServicesOwnNamesAreNobodys() {
        Answer answer = admin.publish("eventhandler.started", "1");
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.message()).contains("begin with eventhandler.");
    }

    @Test
    void whoNamesNothingGetsWhatTheGrantsCover() {
        admin.publish("seen.a", "1");
        admin.publish("unseen.a", "1");
        TestReplica client = replica.as(key(grant("subscribe", "seen.*")));
        Answer page = client.get("/events?limit=1000");
        assertThat(page.json().get("data"))
                .isNotEmpty()
                .allMatch(event -> event.get("event_name").stringValue().startsWith("seen."));
        Answer export = TestReplica.send(client.request("/events").header("Accept", "application/x-ndjson"));
        assertThat(export.body()).contains("seen.a").doesNotContain("unseen", "order.");
        Answer wider = client.get("/events?event_name=%3E");
        assertThat(wider.status()).isEqualTo(403);
        assertThat(wider.message()).isEqualTo("this credential may not subscribe '>'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"after\":0", ",\"last\":5"})
    void aSubscriptionWiderThanTheGrantsIsRefused(String from) {
        TestReplica client = replica.as(key(grant("subscribe", "seen.*")));
        try (TestSubscriber subscriber = client.connect()) {
            for (String name : List.of(">", "*.a", "order.created", "seen.>")) {
                subscriber.send(
                        "{\"action\":\"subscribe\",\"event_names\":[\"seen.a\",\"%s\"]%s}".formatted(name, from));
                JsonNode refusal = subscriber.nextJson();
                assertThat(refusal.get("status").stringValue()).isEqualTo("error");
                assertThat(refusal.get("message").stringValue())
                        .isEqualTo("this credential may not subscribe '%s'".formatted(name));
            }
            subscriber.awaitPong();
            assertThat(subscriber.waiting()).isZero();
        }
    }

    @Test
    void aDeletedKeysConnectionsEndOnEveryReplica() {
        try (var other = TestReplica.start(database, "AUTH", "required")) {
            JsonNode key = createKey(ALL, "");
            String token = key.get("key").stringValue();
            try (TestSubscriber here = replica.as(token).subscribe("revoked.*");
                    TestSubscriber there = other.as(token).subscribe("revoked.*")) {
                long id = admin.publish("revoked.a", "1").eventId();
                here.next();
                there.next();
                admin.delete("/keys/" + key.get("id").stringValue());
                assertThat(here.awaitClose())
                        .isEqualTo(new TestSubscriber.Close(1008, "credential revoked; after=" + id));
                assertThat(there.awaitClose())
                        .isEqualTo(new TestSubscriber.Close(1008, "credential revoked; after=" + id));
                assertThat(other.as(token).get("/events").status()).isEqualTo(401);
            }
        }
    }

    @Test
    void aConnectionEndsWithItsCredentialUnlessItShowsAnother() {
        int seconds = 3;
        while (!endsUnlessItShowsAnother(seconds)) {
            seconds *= 2;
        }
    }

    /** False when the first credentials expired before the other one could be shown; a busy machine takes its time. */
    private static boolean endsUnlessItShowsAnother(int seconds) {
        String next = key(ALL);
        String narrow = key(grant("subscribe", "a"));
        Instant end = Instant.now().plusSeconds(seconds);
        String expiry = ",\"expires_at\":\"%s\"".formatted(end);
        boolean shown = false;
        try (TestSubscriber ends = replica.as(key(ALL, expiry)).connect();
                TestSubscriber stays = replica.as(key(ALL, expiry)).connect()) {
            ends.send("{\"action\":\"subscribe\",\"event_name\":\"expiry.*\",\"metadata\":true}");
            assertThat(ends.nextJson().get("message").stringValue()).isEqualTo("token expires");
            stays.send("{\"action\":\"subscribe\",\"event_name\":\"expiry.*\"}");
            stays.send("{\"action\":\"authenticate\",\"token\":\"%s\",\"request_id\":\"r\"}".formatted(narrow));
            assertThat(stays.nextJson().get("message").stringValue())
                    .isEqualTo("this credential may not subscribe 'expiry.*', to which this connection is subscribed");
            stays.send("{\"action\":\"authenticate\",\"token\":\"nonsense\"}");
            assertThat(stays.nextJson().get("status").stringValue()).isEqualTo("error");
            stays.send("{\"action\":\"authenticate\",\"token\":\"%s\",\"request_id\":\"r\"}".formatted(next));
            assertThat(stays.next())
                    .isEqualTo(
                            "{\"status\":\"ok\",\"message\":\"authenticated\",\"data\":{\"request_id\":\"r\",\"expires_at\":null}}");
            long id = admin.publish("expiry.a", "1").eventId();
            assertThat(stays.next()).contains("expiry.a");
            assertThat(ends.next()).contains("expiry.a");
            shown = true;
            assertThat(ends.awaitClose()).isEqualTo(new TestSubscriber.Close(1008, "token expired; after=" + id));
            stays.awaitPong();
            return true;
        } catch (AssertionError | RuntimeException e) {
            if (shown || Instant.now().isBefore(end) || seconds > 20) {
                throw e;
            }
            return false;
        }
    }

    @Test
    void aTokenInTheQueryOrTwiceIsRefused() {
        assertThat(replica.get("/events?access_token=" + ADMIN).status()).isEqualTo(400);
        assertThat(TestReplica.send(admin.request("/events").header("Authorization", "Bearer " + ADMIN))
                        .status())
                .isEqualTo(400);
        assertThat(TestReplica.send(replica.request("/events").header("Authorization", "Basic YTpi"))
                        .status())
                .isEqualTo(401);
    }

    /** Such as those of a proxy, which sends the requests of many clients over one connection. */
    @Test
    void eachRequestOfAConnectionIsItsOwnCredentials() {
        String mine = key(grant("subscribe", "mine.>"));
        String yours = key(grant("subscribe", "yours.>"));
        StringBuilder requests = new StringBuilder();
        for (String token : List.of(mine, mine, yours, mine, "eh_none", mine)) {
            requests.append("GET /events?event_name=mine.%3E HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + token + "\r\n\r\n");
        }
        requests.append("GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        RawHttp.Answer all = RawHttp.send(replica.uri("").getPort(), requests.toString());
        List<Integer> later = Pattern.compile("HTTP/1.1 (\\d+)")
                .matcher(all.body())
                .results()
                .map(status -> Integer.valueOf(status.group(1)))
                .toList();
        assertThat(all.status()).isEqualTo(200);
        assertThat(later).containsExactly(200, 403, 200, 401, 200, 401);
    }

    @Test
    void aListedKeyHasNoSecret() {
        JsonNode created = createKey(ALL, ",\"source\":\"listed\"");
        replica.as(created.get("key").stringValue()).get("/events");
        Answer list = admin.get("/keys");
        assertThat(list.body()).doesNotContain(created.get("key").stringValue().substring(25));
        JsonNode key = list.json()
                .get("data")
                .valueStream()
                .filter(one -> one.get("id").equals(created.get("id")))
                .findFirst()
                .orElseThrow();
        assertThat(key.propertyNames())
                .containsExactly("id", "name", "grants", "source", "created_at", "expires_at", "last_used_at");
        assertThat(Duration.between(Instant.parse(key.get("last_used_at").stringValue()), Instant.now()))
                .isLessThan(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"grants\":[]}",
                "{\"name\":\"\",\"grants\":[]}",
                "{\"name\":\"a\"}",
                "{\"name\":\"a\",\"grants\":{}}",
                "{\"name\":\"a\",\"grants\":[{\"actions\":[]}]}",
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\"]}]}",
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"fly\"],\"event_names\":[\"a\"]}]}",
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\"],\"event_names\":[\"a..b\"]}]}",
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"admin\"],\"names\":[]}]}",
                "{\"name\":\"a\",\"grants\":[],\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                "{\"name\":\"a\",\"grants\":[],\"expires_at\":5}",
                "{\"name\":\"a\",\"grants\":[],\"more\":1}"
            })
    void whatIsNoKeyIsRefused(String body) {
        Answer answer = admin.post("/keys", body, "application/json");
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"name":"a\\ud800","grants":[]}                                                      | name: \\ud800 is half
            {"name":"a","source":"\\udc00","grants":[]}                                          | source: \\udc00 is half
            {"name":"a","source":"\\u0000","grants":[]}                                          | source: \\u0000 is not allowed
            {"name":"a","grants":[{"actions":["publish"],"event_names":["a.\\ud800"]}]}          | grants[0].event_names: \\ud800 is half
            {"name":"a","grants":[{"actions":["\\udfff"],"event_names":["a"]}]}                  | grants[0].actions: \\udfff is half
            """)
    void whatCanNotBeStoredIsRefused(String body, String message) {
        Answer answer = admin.post("/keys", body, "application/json");
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.message()).startsWith(message);
    }

    @Test
    void theServiceDoesNotStartOpenUnlessItIsTold() {
        Function<String, TestReplica> start = auth -> TestReplica.start(database, "AUTH", auth);
        assertThatThrownBy(() -> start.apply("")).hasMessageContaining("AUTH: must be set: required");
        assertThatThrownBy(() -> start.apply("maybe")).hasMessageContaining("AUTH: must be none");
        assertThatThrownBy(() -> TestReplica.start(database, "AUTH", "required", "ADMIN_KEY", "short"))
                .hasMessageContaining("ADMIN_KEY: must have 32 characters")
                .hasMessageNotContaining("'short'");
    }
}
