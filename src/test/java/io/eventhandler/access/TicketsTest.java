package io.eventhandler.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.net.http.WebSocketHandshakeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Tickets: each opens one connection, on any replica, for a moment. */
class TicketsTest {

    private static final String ADMIN = TestReplica.ADMIN_KEY;
    private static final String SECRET = "a-secret-of-32-bytes-0123456789-";
    private static final String ORDERS = "[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"order.*\"]}]";

    private static TestDatabase database;
    private static TestReplica replica;
    private static TestReplica other;
    private static TestReplica admin;

    @BeforeAll
    static void start() {
        database = TestDatabase.create();
        replica = startWith("MAX_TICKETS_PER_KEY", "5", "MAX_REFUSALS", "0");
        other = startWith("MAX_REFUSALS", "0");
        admin = replica.as(ADMIN);
    }

    private static TestReplica startWith(String... more) {
        List<String> settings = new ArrayList<>(
                List.of("JWT_SECRET", SECRET, "JWT_ISSUER", TestIssuer.ISSUER, "JWT_AUDIENCE", TestIssuer.AUDIENCE));
        settings.addAll(List.of(more));
        return TestReplica.startGuarded(database, settings.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        replica.close();
        other.close();
    }

    private static JsonNode key() {
        Answer answer = admin.post("/keys", "{\"name\":\"page\",\"grants\":%s}".formatted(ORDERS), "application/json");
        return answer.json().get("data");
    }

    private static String jwt() {
        return TestIssuer.token(SECRET, TestIssuer.claims(ORDERS, ""));
    }

    private static Answer ask(String token) {
        return replica.as(token).post("/tickets", "", "text/plain");
    }

    private static String ticket(String token) {
        Answer answer = ask(token);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.json().at("/data/expires_in").intValue()).isEqualTo(30);
        return answer.json().at("/data/ticket").stringValue();
    }

    /** The status that an upgrade with this query is answered with. */
    private static int upgrade(TestReplica client, String query) {
        try (TestSubscriber subscriber = client.connectWith(query)) {
            subscriber.awaitPong();
            return 101;
        } catch (CompletionException e) {
            return e.getCause() instanceof WebSocketHandshakeException refusal
                    ? refusal.getResponse().statusCode()
                    : 0;
        }
    }

    @Test
    void aTicketOpensOneConnectionOnAnyReplica() {
        for (String token : List.of(key().get("key").stringValue(), jwt(), ADMIN)) {
            String ticket = ticket(token);
            assertThat(upgrade(other, "?ticket=" + ticket)).isEqualTo(101);
            assertThat(upgrade(other, "?ticket=" + ticket)).isEqualTo(401);
            assertThat(upgrade(replica, "?ticket=" + ticket)).isEqualTo(401);
        }
    }

    @Test
    void ofSeveralAtOnceOneGetsIn() throws InterruptedException, ExecutionException {
        int clients = 8;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 10; round++) {
                String query = "?ticket=" + ticket(jwt());
                var together = new CyclicBarrier(clients);
                List<Callable<Integer>> attempts = java.util.stream.IntStream.range(0, clients)
                        .mapToObj(i -> (Callable<Integer>) () -> {
                            together.await();
                            return upgrade(i % 2 == 0 ? replica : other, query);
                        })
                        .toList();
                int in = 0;
                for (Future<Integer> status : threads.invokeAll(attempts)) {
                    in += status.get() == 101 ? 1 : 0;
                }
                assertThat(in).isEqualTo(1);
            }
        }
    }

    @Test
    void whatATicketOpensMayDoWhatItsCredentialMay() {
        String key = key().get("key").stringValue();
        for (String token : List.of(key, jwt())) {
            try (TestSubscriber subscriber = other.connectWith("?ticket=" + ticket(token));
                    var stream = new TestEventSource(other.uri("/events/stream?ticket=" + ticket(token)), null)) {
                subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"invoice.*\"}");
                assertThat(subscriber.next()).contains("this credential may not subscribe 'invoice.*'");
                subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"order.*\"}");
                subscriber.awaitPong();
                admin.publish("invoice.a", "1");
                admin.publish("order.a", "\"%s\"".formatted(token.length()));
                assertThat(subscriber.next()).contains("order.a");
                assertThat(stream.await(1).getFirst().type()).isEqualTo("order.a");
            }
        }
        assertThat(replica.get("/events/stream?event_name=invoice.*&ticket=" + ticket(key))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void aTicketIsGoodForNothingElse() {
        String ticket = ticket(jwt());
        for (String path : List.of("/events", "/keys", "/metrics", "/events/1")) {
            assertThat(replica.get(path + "?ticket=" + ticket).status())
                    .as(path)
                    .isEqualTo(401);
            assertThat(replica.as(ticket).get(path).status()).as(path).isEqualTo(401);
            assertThat(replica.get(path + "?ticket=" + ticket).body()).doesNotContain(ticket);
        }
        assertThat(replica.post("/tickets?ticket=" + ticket, "", "text/plain").status())
                .isEqualTo(401);
        assertThat(upgrade(replica.as(ticket), "")).isEqualTo(401);
        assertThat(upgrade(admin, "?ticket=" + ticket)).isEqualTo(400);
        assertThat(upgrade(replica, "?ticket=" + ticket + "&ticket=" + ticket)).isEqualTo(400);
        assertThat(upgrade(replica, "?ticket=" + ticket)).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "%00", "0123456789012345678901234567890123456789012", "'%20OR%201=1--"})
    void whatIsNoTicketOpensNothing(String ticket) {
        assertThat(upgrade(replica, "?ticket=" + ticket)).isEqualTo(401);
        assertThat(replica.get("/events/stream?ticket=" + ticket).status()).isEqualTo(401);
    }

    @Test
    void aTicketIsTakenFor30Seconds() {
        String ticket = ticket(jwt());
        String hash = "sha256('%s'::bytea)".formatted(ticket);
        assertThat(database.queryLong(
                        "SELECT extract(epoch FROM expires_at - now())::bigint FROM tickets WHERE hash = " + hash))
                .isBetween(1L, 30L);
        database.execute("UPDATE tickets SET expires_at = expires_at - interval '30 s' WHERE hash = " + hash);
        assertThat(upgrade(replica, "?ticket=" + ticket)).isEqualTo(401);
        ticket(jwt()); // makes room
        assertThat(database.queryLong("SELECT count(*) FROM tickets WHERE hash = " + hash))
                .isZero();
    }

    @Test
    void aTicketEndsWithItsKey() {
        JsonNode key = key();
        String token = key.get("key").stringValue();
        String unused = ticket(token);
        try (TestSubscriber subscriber = other.connectWith("?ticket=" + ticket(token))) {
            subscriber.awaitPong();
            admin.delete("/keys/" + key.get("id").stringValue());
            assertThat(subscriber.awaitClose().code()).isEqualTo(1008);
            assertThat(upgrade(other, "?ticket=" + unused)).isEqualTo(401);
        }
    }

    @Test
    void whatATicketOpensEndsWithItsToken() {
        String token = TestIssuer.token(SECRET, TestIssuer.claims(Instant.now().plusSeconds(2), ORDERS, ""));
        try (TestSubscriber subscriber = other.connectWith("?ticket=" + ticket(token))) {
            assertThat(subscriber.awaitClose()).isEqualTo(new TestSubscriber.Close(1008, "token expired"));
        }
    }

    @Test
    void oneCredentialHasNotMoreThanItsShare() {
        String token = key().get("key").stringValue();
        String first = ticket(token);
        for (int i = 1; i < 5; i++) {
            ticket(token);
        }
        Answer refused = ask(token);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.message())
                .isEqualTo("too many tickets wait to be used: MAX_TICKETS_PER_KEY is 5, and there may be 10000 in all");
        ticket(key().get("key").stringValue()); // of the same name
        assertThat(upgrade(replica, "?ticket=" + first)).isEqualTo(101);
        ticket(token);
    }

    @Test
    void whereNobodyIsAskedForACredentialATicketDoesNoHarm() {
        try (TestReplica open = TestReplica.start(database)) {
            String ticket = open.post("/tickets", "", "text/plain")
                    .json()
                    .at("/data/ticket")
                    .stringValue();
            assertThat(upgrade(open, "?ticket=" + ticket)).isEqualTo(101);
            try (var stream =
                    new TestEventSource(open.uri("/events/stream?event_name=order.*&ticket=" + ticket), null)) {
                open.publish("order.open", "1");
                assertThat(stream.await(1).getFirst().type()).isEqualTo("order.open");
            }
            assertThat(upgrade(replica, "?ticket=" + ticket)).isEqualTo(401);
        }
    }
}
