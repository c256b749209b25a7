package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.access.Access;
import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.Event;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.eventlog.read.HistoryReader;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.fanout.Hub;
import io.eventhandler.feed.ReplayPages;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.postgres.Database;
import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.web.Origins;
import io.eventhandler.web.SelectorExecutor;
import io.eventhandler.web.WebServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** An event that can't be encoded for a subscriber ends that one, and costs nobody else an event. */
class UnencodableEventTest {

    /** Appends three events past the API, the second with metadata that can't become attributes: a number too long. */
    private static final String APPENDING = """
            SELECT first_id FROM append_events(gen_random_uuid(), ARRAY['odd', 'odd', 'odd'], ARRAY['1', '2', '3'],
                ARRAY['test', 'test', 'test'],
                ARRAY[NULL, '{"a":' || repeat('7', 2000) || '}', NULL])""";

    private static TestSubscriber subscribe(TestReplica replica, String members, String... subprotocols) {
        TestSubscriber subscriber = replica.connect(subprotocols);
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"odd\"%s}".formatted(members));
        subscriber.awaitPong();
        return subscriber;
    }

    @Test
    void liveAndReplayedItEndsItsSubscriberWith1011() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database);
                TestSubscriber bad = subscribe(replica, "", "cloudevents.json");
                TestSubscriber good = subscribe(replica, "")) {
            long first = database.queryLong(APPENDING);
            for (int n = 1; n <= 3; n++) {
                assertThat(good.nextJson().get("payload").intValue()).isEqualTo(n);
            }
            assertThat(bad.awaitClose()).satisfies(close -> {
                assertThat(close.code()).isEqualTo(1011);
                assertThat(close.reason()).startsWith("internal error");
            });
            try (TestSubscriber resuming = replica.connect("cloudevents.json")) {
                resuming.send("{\"action\":\"subscribe\",\"event_name\":\"odd\",\"after\":%d}".formatted(first - 1));
                assertThat(resuming.nextJson().get("data").intValue()).isEqualTo(1);
                assertThat(resuming.awaitClose())
                        .isEqualTo(new TestSubscriber.Close(1011, "internal error after=" + first));
            }
            await().until(() -> Scrape.of(replica).get("eventhandler_replays_active") == 0);
            replica.publish("odd", "4");
            assertThat(good.nextJson().get("payload").intValue()).isEqualTo(4);
        }
    }

    @Test
    void aStreamIsCutAndAllOthersGetEveryEvent() {
        var database =
                new Database(TestDatabase.create().url(), "test", 1, Duration.ofSeconds(5), Duration.ofSeconds(5));
        var hub = new Hub(Tracing.off());
        var registry = new SimpleMeterRegistry();
        var reader = new ReplayReader(
                new HistoryReader(database, () -> 0),
                new RecentEvents(1_024, 1 << 20),
                new ReplayReader.Options(1),
                registry);
        var limits = new SubscriberLimits(
                10, 10, 100, 1 << 20, 4 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ZERO);
        var connections = new OpenConnections(
                limits, new LogEpoch(), token -> Principal.ANYBODY, new ClientLimits(0, 0, 0, 0, 0), registry);
        var pages = new ReplayPages(reader, connections.memory());
        var activity = new ActivityLog();
        var webSockets = new WebSocketEndpoint(hub, pages, activity, connections);
        var virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
        var streams = new EventStreamEndpoint(hub, pages, activity, connections, virtualThreads);
        var web = new WebServer(
                new WebServer.Options("127.0.0.1", 0, Duration.ofSeconds(10), Duration.ofMinutes(1)),
                activity,
                Access.OPEN,
                new Origins(Set.of()),
                new SelectorExecutor(),
                virtualThreads,
                List.of(webSockets, streams));
        web.start();
        connections.start();
        URI uri = URI.create("http://127.0.0.1:%d/events/stream".formatted(web.port()));
        try (var bad = new TestEventSource(uri, null);
                var other = new TestEventSource(URI.create(uri + "?event_name=good"), null)) {
            await().until(() -> connections.subscriptions() == 2);
            hub.publish(List.of(good(1), bad(2), good(3), good(4)));
            assertThat(other.await(3)).extracting(TestEventSource.Received::id).containsExactly("1", "3", "4");
            await().until(bad::ended);
            assertThat(bad.received()).extracting(TestEventSource.Received::id).containsExactly("1");
            await().until(() -> connections.subscriptions() == 1);
        } finally {
            connections.stop();
            web.stop();
            database.stop();
        }
    }

    private static Event good(long id) {
        return new Event(id, "good", new byte[] {'1'}, Instant.EPOCH, "api", Event.PROCESSED, null);
    }

    @NullUnmarked
    private static Event bad(long id) {
        return new Event(id, "bad", new byte[] {'1'}, null, "api", Event.PROCESSED, null);
    }
}
