package io.eventhandler.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Reading the history with a client. */
class ClientHistoryTest {

    private static final URI NOBODY = URI.create("http://127.0.0.1:1");
    private static final TestDatabase DATABASE = TestDatabase.create();

    private static TestReplica replica;
    private static List<Long> ids;

    @BeforeAll
    static void start() throws PublishException {
        replica = TestReplica.start(DATABASE);
        try (var client = EventClient.of(replica.uri("/"))) {
            var all = new ArrayList<Long>();
            for (int batch = 0; batch < 5; batch++) {
                int first = batch * 1_000;
                all.addAll(client.publishAll(IntStream.range(first, first + 1_000)
                        .mapToObj(n -> new NewEvent(
                                n % 10 == 0 ? "history.tenth" : "history.other",
                                n % 2 == 0 ? "even" : "odd",
                                "{\"n\":%d,\"text\":\"%s\"}"
                                        .formatted(n, "é".repeat(500))
                                        .getBytes(UTF_8),
                                n == 0 ? "{\"k\":\"v\"}" : null,
                                null))
                        .toList()));
            }
            ids = List.copyOf(all);
        }
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static List<Long> read(EventClient client, HistorySelection selection) {
        try (Stream<Event> events = client.history(selection)) {
            return events.map(Event::id).toList();
        }
    }

    @Test
    void itIsReadWholeOrAsSelected() {
        try (var client =
                EventClient.builder().url(NOBODY).url(replica.uri("/")).build()) {
            HistorySelection all = HistorySelection.of("history.*");
            assertThat(read(client, all)).isEqualTo(ids);
            assertThat(read(client, HistorySelection.of("history.tenth"))).hasSize(500);
            assertThat(read(client, all.source("odd"))).hasSize(2_500);
            assertThat(read(client, all.after(ids.get(9)).before(ids.get(20)))).isEqualTo(ids.subList(10, 20));
            assertThat(read(client, all.limit(7))).isEqualTo(ids.subList(0, 7));
            assertThat(read(client, all.since(Instant.now().plusSeconds(60)))).isEmpty();
            assertThat(read(client, all.until(Instant.now().plusSeconds(60)))).isEqualTo(ids);
            try (Stream<Event> events = client.history(all.limit(1))) {
                Event first = events.findFirst().orElseThrow();
                assertThat(first.name()).isEqualTo("history.tenth");
                assertThat(first.source()).isEqualTo("even");
                assertThat(first.metadata()).isEqualTo("{\"k\": \"v\"}");
                assertThat(new String(first.payload(), UTF_8)).contains("\"éé");
            }
        }
    }

    @Test
    void anAnswerThatBreaksOffIsReadOn() {
        try (var proxy = new TcpProxy(replica.uri("/").getPort());
                var client = EventClient.of(URI.create("http://127.0.0.1:" + proxy.port()));
                Stream<Event> events = client.history(HistorySelection.of("history.*"))) {
            var read = new ArrayList<Long>();
            events.forEach(event -> {
                read.add(event.id());
                if (read.size() % 1_500 == 0) {
                    proxy.cut();
                }
            });
            assertThat(read).isEqualTo(ids);
        }
    }

    @Test
    void aReaderThatHasEnoughGivesItsConnectionBack() {
        try (var client = EventClient.of(replica.uri("/"))) {
            for (int n = 0; n < 20; n++) { // more than one client may read at once
                try (Stream<Event> events = client.history(HistorySelection.of("history.*"))) {
                    Iterator<Event> iterator = events.iterator();
                    assertThat(iterator.next().id()).isEqualTo(ids.getFirst());
                }
            }
            assertThat(read(client, HistorySelection.of("history.*"))).isEqualTo(ids);
        }
    }

    @Test
    void whatTheServiceRefusesIsSaid() {
        try (var client = EventClient.of(replica.uri("/"));
                TestReplica guarded = TestReplica.startGuarded(TestDatabase.create());
                var nobody = EventClient.of(guarded.uri("/"))) {
            assertThatThrownBy(() -> read(client, HistorySelection.of("a..b")))
                    .hasMessageContaining("event_name")
                    .isInstanceOfSatisfying(
                            HistoryException.class, e -> assertThat(e.status()).isEqualTo(422));
            assertThatThrownBy(() -> read(nobody, HistorySelection.of()))
                    .isInstanceOfSatisfying(
                            HistoryException.class, e -> assertThat(e.status()).isEqualTo(401));
        }
    }

    @Test
    void aLogThatWasResetOrCutOffMeanwhileIsSaid() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica other = TestReplica.start(database);
                var proxy = new TcpProxy(other.uri("/").getPort());
                var client = EventClient.of(URI.create("http://127.0.0.1:" + proxy.port()))) {
            String payload = "\"%s\"".formatted("x".repeat(100_000));
            for (int n = 0; n < 100; n++) {
                assertThat(other.publish("reset", payload).status()).isEqualTo(200);
            }
            try (Stream<Event> events = client.history(HistorySelection.of("reset"))) {
                Iterator<Event> iterator = events.iterator();
                long first = iterator.next().id();
                database.execute("DELETE FROM events WHERE id <= " + (first + 50));
                proxy.cut();
                assertThatThrownBy(() -> iterator.forEachRemaining(event -> {}))
                        .isInstanceOf(HistoryException.class)
                        .hasMessageContaining("was removed meanwhile");
            }
            try (Stream<Event> events = client.history(HistorySelection.of("reset"))) {
                Iterator<Event> iterator = events.iterator();
                iterator.next();
                String before = other.get("/events?limit=1").header("Log-Epoch");
                database.execute("DELETE FROM events WHERE id > 80", "SELECT setval('events_head_hint', 80)");
                proxy.target(1);
                proxy.cut();
                await().until(() -> {
                    other.publish("reset", "1");
                    return !before.equals(other.get("/events?limit=1").header("Log-Epoch"));
                });
                proxy.target(other.uri("/").getPort());
                assertThatThrownBy(() -> iterator.forEachRemaining(event -> {}))
                        .isInstanceOf(HistoryException.class)
                        .hasMessageContaining("the log was reset while it was read");
            }
        }
    }
}
