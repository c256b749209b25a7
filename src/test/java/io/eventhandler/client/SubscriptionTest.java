package io.eventhandler.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.eventhandler.client.ErrorHandler.Decision;
import io.eventhandler.event.Event;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subscribing with a client. */
class SubscriptionTest {

    private static final String SECRET = "a-secret-of-at-least-32-bytes-01";

    private static TestReplica replica;

    @TempDir
    Path directory;

    private final List<Event> handled = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static URI through(TcpProxy proxy) {
        return URI.create("http://127.0.0.1:" + proxy.port());
    }

    private List<Long> ids() {
        return handled.stream().map(Event::id).toList();
    }

    private List<String> payloads() {
        return handled.stream().map(event -> new String(event.payload(), UTF_8)).toList();
    }

    private static Throwable reason(CompletableFuture<?> outcome) {
        return Objects.requireNonNull(
                catchThrowableOfType(CompletionException.class, outcome::join).getCause());
    }

    @Test
    void eventsComeWholeAndInOrder() throws PublishException {
        try (var client = EventClient.of(replica.uri("/"))) {
            Subscription subscription = client.subscribe("whole.*", handled::add);
            subscription.subscribed().join();
            Cursor begin = Objects.requireNonNull(subscription.position());
            replica.post(
                    "{\"event_name\":\"whole.a\",\"payload\":{\"n\": [1, \"é\"]},\"source\":\"s\",\"metadata\":{\"k\":\"v\"}}");
            long last = LongStream.range(0, 200)
                    .map(n -> replica.publish("whole.b", String.valueOf(n)).eventId())
                    .max()
                    .orElseThrow();
            await().until(() -> handled.size() == 201);
            Event first = handled.getFirst();
            assertThat(first.name()).isEqualTo("whole.a");
            assertThat(new String(first.payload(), UTF_8)).isEqualTo("{\"n\": [1, \"é\"]}");
            assertThat(first.source()).isEqualTo("s");
            assertThat(first.metadata()).isEqualTo("{\"k\":\"v\"}");
            assertThat(first.createdAt()).isBeforeOrEqualTo(Instant.now());
            assertThat(ids()).isSorted().doesNotHaveDuplicates();
            assertThat(payloads().subList(1, 201))
                    .isEqualTo(IntStream.range(0, 200).mapToObj(String::valueOf).toList());
            await().until(() -> new Cursor(last, begin.epoch()).equals(subscription.position()));
            assertThat(begin.id()).isEqualTo(first.id() - 1);
        }
    }

    @Test
    void itBeginsWhereTheOptionsSayAndGoesOnWhereTheCursorIs() {
        for (int n = 1; n <= 5; n++) {
            replica.publish("begins", String.valueOf(n));
        }
        var cursor = new FileCursor(directory.resolve("cursor"));
        var self = new CompletableFuture<Subscription>();
        try (var client = EventClient.of(replica.uri("/"))) {
            self.complete(client.subscribe(SubscribeOptions.of("begins").last(3).cursor(cursor), event -> {
                handled.add(event);
                if (handled.size() == 2) {
                    self.join().close(); // by the consumer itself: it ends behind this event
                }
            }));
            self.join().ended().join();
        }
        assertThat(payloads()).containsExactly("3", "4");
        try (var client = EventClient.of(replica.uri("/"))) {
            client.subscribe(SubscribeOptions.of("begins").last(3).cursor(cursor), handled::add);
            await().until(() -> handled.size() == 3);
            replica.publish("begins", "6");
            await().until(() -> handled.size() == 4);
            client.subscribe(SubscribeOptions.of("begins").fromEarliest(), handled::add);
            await().until(() -> handled.size() == 10);
            client.subscribe(SubscribeOptions.of("begins").after(handled.get(2).id()), handled::add);
            await().until(() -> handled.size() == 11);
        }
        assertThat(payloads()).containsExactly("3", "4", "5", "6", "1", "2", "3", "4", "5", "6", "6");
    }

    @Test
    void aConsumerThatFailsIsTriedAgainPassedOverOrTheEnd() {
        record Failed(String payload, int attempt) {}
        List<Failed> failures = new ArrayList<>();
        var broken = new IllegalStateException("broken");
        ErrorHandler errors = (event, failure, attempt) -> {
            String payload = new String(event.payload(), UTF_8);
            failures.add(new Failed(payload, attempt));
            return switch (payload) {
                case "\"retry\"" -> Decision.RETRY;
                case "\"skip\"" -> Decision.SKIP;
                default -> Decision.STOP;
            };
        };
        var attempts = new AtomicInteger();
        try (var client = EventClient.of(replica.uri("/"))) {
            Subscription subscription =
                    client.subscribe(SubscribeOptions.of("fails").onError(errors), event -> {
                        String payload = new String(event.payload(), UTF_8);
                        if (payload.equals("\"skip\"")
                                || payload.equals("\"stop\"")
                                || (payload.equals("\"retry\"") && attempts.incrementAndGet() < 3)) {
                            throw broken;
                        }
                        handled.add(event);
                    });
            subscription.subscribed().join();
            for (String payload : List.of("1", "\"retry\"", "\"skip\"", "2", "\"stop\"", "3")) {
                replica.publish("fails", payload);
            }
            assertThat(reason(subscription.ended())).isSameAs(broken);
            assertThat(payloads()).containsExactly("1", "\"retry\"", "2");
            assertThat(Objects.requireNonNull(subscription.position()).id())
                    .isEqualTo(handled.getLast().id()); // the one that failed is not handled
            assertThat(failures)
                    .containsExactly(
                            new Failed("\"retry\"", 1),
                            new Failed("\"retry\"", 2),
                            new Failed("\"skip\"", 1),
                            new Failed("\"stop\"", 1));
        }
    }

    @Test
    void whatTheServiceRefusesEndsASubscriptionThatHasNotBegun() {
        try (TestReplica guarded = TestReplica.startGuarded(TestDatabase.create())) {
            String narrow = guarded.as(TestReplica.ADMIN_KEY)
                    .post(
                            "/keys",
                            "{\"name\":\"a\",\"grants\":[{\"actions\":[\"subscribe\"],\"event_names\":[\"mine.>\"]}]}",
                            "application/json")
                    .json()
                    .at("/data/key")
                    .stringValue();
            var token = new AtomicReference<>("eh_unknown");
            try (var client = EventClient.builder()
                    .url(guarded.uri("/"))
                    .token(token::get)
                    .build()) {
                Subscription nobody = client.subscribe("mine.a", handled::add);
                assertThat(reason(nobody.subscribed()))
                        .hasMessageEndingWith("answered 401")
                        .isInstanceOfSatisfying(
                                SubscribeException.class,
                                e -> assertThat(e.status()).isEqualTo(401));
                assertThat(reason(nobody.ended())).isInstanceOf(SubscribeException.class);
                token.set(narrow);
                assertThat(reason(client.subscribe("others.a", handled::add).subscribed()))
                        .isInstanceOf(SubscribeException.class)
                        .hasMessageContaining("others.a");
                client.subscribe("mine.a", handled::add).subscribed().join();
                guarded.as(TestReplica.ADMIN_KEY).publish("mine.a", "1");
                await().until(() -> handled.size() == 1);
            }
        }
        assertThatThrownBy(() -> SubscribeOptions.of("a..b")).hasMessageContaining("event_name");
        assertThatThrownBy(SubscribeOptions::of).hasMessageContaining("needs an event name");
        assertThatThrownBy(() -> SubscribeOptions.of("a").last(0)).hasMessageContaining("from 1 to 1000");
        assertThatThrownBy(() -> SubscribeOptions.of("a").after(-1)).hasMessageContaining("at least 0");
    }

    @Test
    void aTokenThatExpiresIsReplacedWhileConnected() {
        String grants = "[{\"actions\":[\"admin\"],\"event_names\":[\">\"]}]";
        var asked = new AtomicInteger();
        try (TestReplica guarded = TestReplica.start(
                        TestDatabase.create(),
                        "AUTH",
                        "required",
                        "JWT_SECRET",
                        SECRET,
                        "JWT_ISSUER",
                        TestIssuer.ISSUER,
                        "JWT_AUDIENCE",
                        TestIssuer.AUDIENCE);
                LogCapture log = LogCapture.of("io.eventhandler.activity");
                var client = EventClient.builder()
                        .url(guarded.uri("/"))
                        .token(() -> TestIssuer.token(
                                SECRET,
                                TestIssuer.claims(
                                        Instant.now().plusSeconds(asked.getAndIncrement() == 0 ? 20 : 3_600),
                                        grants,
                                        ""))) // the first one expires in less than 30 s
                        .build()) {
            client.subscribe("expires", handled::add).subscribed().join();
            await().until(() -> asked.get() == 2);
            await().until(() -> !log.lines("authenticated").isEmpty());
            guarded.as(TestIssuer.token(SECRET, TestIssuer.claims(Instant.now().plusSeconds(60), grants, "")))
                    .publish("expires", "1");
            await().until(() -> handled.size() == 1);
            assertThat(asked).hasValue(2); // once for the connection, once while it was open
        }
    }

    @Test
    void anotherReplicaGoesOnWhenOneStops() {
        TestDatabase database = TestDatabase.create();
        TestReplica first = TestReplica.start(database);
        try (TestReplica second = TestReplica.start(database);
                var client = EventClient.builder()
                        .url(first.uri("/"))
                        .url(second.uri("/"))
                        .build()) {
            client.subscribe("stops", handled::add).subscribed().join();
            first.publish("stops", "1");
            first.close();
            second.publish("stops", "2");
            await().until(() -> handled.size() == 2);
            assertThat(payloads()).containsExactly("1", "2");
        } finally {
            first.close();
        }
    }

    @Test
    void aConnectionThatForwardsNothingMoreIsNoticed() {
        try (var proxy = new TcpProxy(replica.uri("/").getPort());
                var client = EventClient.builder()
                        .url(through(proxy))
                        .pingAfter(Duration.ofMillis(500))
                        .build()) {
            client.subscribe("frozen", handled::add).subscribed().join();
            proxy.freeze();
            replica.publish("frozen", "1");
            await().until(() -> handled.size() == 1);
        }
    }

    @Test
    void aConsumerThatIsSlowMissesNothing() {
        var gate = new CountDownLatch(1);
        String payload = "\"%s\"".formatted("x".repeat(100_000));
        try (var client = EventClient.of(replica.uri("/"))) {
            client.subscribe("slow", event -> {
                        gate.await();
                        handled.add(event);
                    })
                    .subscribed()
                    .join();
            for (int n = 0; n < 200; n++) {
                assertThat(replica.publish("slow", payload).status()).isEqualTo(200);
            }
            gate.countDown();
            await().until(() -> handled.size() == 200);
            assertThat(ids()).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void aPositionThatTheLogDoesNotHaveIsTheEndOrPassedOver() throws Exception {
        TestDatabase database = TestDatabase.create();
        List<Long> published;
        try (TestReplica old = TestReplica.start(database)) {
            published = IntStream.rangeClosed(1, 10)
                    .mapToObj(n -> old.publish("lost", String.valueOf(n)).eventId())
                    .toList();
        }
        long removedUpTo = published.get(4);
        database.execute("DELETE FROM events WHERE id <= " + removedUpTo);
        Path file = directory.resolve("cursor");
        var skipping = new ErrorHandler() {
            @Override
            public Decision handlerFailed(Event event, Exception failure, int attempt) {
                return Decision.STOP;
            }

            @Override
            public Decision positionLost(PositionLostException failure) {
                return Decision.SKIP;
            }
        };
        try (TestReplica other = TestReplica.start(database);
                var client = EventClient.of(other.uri("/"))) {
            Throwable removed =
                    reason(client.subscribe(SubscribeOptions.of("lost").after(2), handled::add)
                            .ended());
            assertThat(removed)
                    .isInstanceOfSatisfying(
                            PositionLostException.class,
                            e -> assertThat(e.earliest()).isEqualTo(removedUpTo + 1));
            Throwable beyond =
                    reason(client.subscribe(SubscribeOptions.of("lost").after(99), handled::add)
                            .ended());
            assertThat(beyond)
                    .isInstanceOfSatisfying(
                            PositionLostException.class,
                            e -> assertThat(e.head()).isBetween(10L, 98L));
            client.subscribe(SubscribeOptions.of("lost").after(2).onError(skipping), handled::add);
            await().until(() -> handled.size() == 5);
            client.subscribe(SubscribeOptions.of("lost").fromEarliest(), handled::add);
            await().until(() -> handled.size() == 10);

            Files.writeString(file, published.get(7) + " another\n");
            Subscription ofAnotherLog =
                    client.subscribe(SubscribeOptions.of("lost").cursor(new FileCursor(file)), handled::add);
            assertThat(reason(ofAnotherLog.ended())).hasMessageContaining("epoch 'another'");
            client.subscribe(
                    SubscribeOptions.of("lost").cursor(new FileCursor(file)).onError(skipping), handled::add);
            await().until(() -> handled.size() == 12);
            assertThat(payloads()).containsExactly("6", "7", "8", "9", "10", "6", "7", "8", "9", "10", "9", "10");
        }
    }

    @Test
    void aCursorThatFailsHoldsEverythingUp() {
        var saves = new AtomicInteger();
        CursorStore memory = CursorStore.inMemory();
        CursorStore failing = new CursorStore() {
            @Override
            public @Nullable Cursor load() throws Exception {
                return memory.load();
            }

            @Override
            public void save(Cursor position) throws Exception {
                if (saves.getAndIncrement() == 1) {
                    throw new IOException("no space");
                }
                memory.save(position);
            }
        };
        try (var client = EventClient.of(replica.uri("/"))) {
            client.subscribe(SubscribeOptions.of("held").cursor(failing), handled::add)
                    .subscribed()
                    .join();
            replica.publish("held", "1");
            replica.publish("held", "2");
            await().until(() -> handled.size() == 2);
            await().until(() -> saves.get() == 4);
            assertThat(payloads()).containsExactly("1", "2");
        }
    }

    @Test
    void aFileThatHoldsNoPositionIsSaid() throws IOException {
        Path file = directory.resolve("cursor");
        Files.writeString(file, "nonsense");
        assertThatThrownBy(() -> new FileCursor(file).load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not hold a position: mend it, or delete it to begin anew");
    }

    @Test
    void closingEndsIt() {
        var client = EventClient.of(replica.uri("/"));
        Subscription one = client.subscribe("closing", handled::add);
        one.subscribed().join();
        one.close();
        one.ended().join();
        Subscription other = client.subscribe("closing", handled::add);
        client.close();
        other.ended().join();
        assertThatThrownBy(() -> client.subscribe("closing", handled::add)).isInstanceOf(IllegalStateException.class);
        replica.publish("closing", "1");
        assertThat(handled).isEmpty();
    }
}
