package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Subscribing from a position on: replay, then live. */
class ResumeTest {

    private static final int RING = 1_024;
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(DATABASE, "RECENT_EVENTS", String.valueOf(RING));
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** Publishes {@code count} events, named {@code first} and {@code second} in turn; returns the id before them. */
    private static long publish(int count, String first, String second) {
        long before = head();
        for (int from = 0; from < count; from += 1_000) {
            var batch = new StringBuilder("[");
            for (int n = from; n < Math.min(count, from + 1_000); n++) {
                batch.append(n == from ? "" : ",")
                        .append("{\"event_name\":\"%s\",\"payload\":%d}".formatted(n % 2 == 0 ? first : second, n));
            }
            assertThat(replica.post(batch.append("]").toString()).status()).isEqualTo(200);
        }
        return before;
    }

    private static long head() {
        return DATABASE.queryLong("SELECT events_head()");
    }

    private static List<Long> ids(List<JsonNode> frames) {
        return frames.stream().map(frame -> frame.get("id").longValue()).toList();
    }

    private static TestSubscriber subscribe(String members) {
        TestSubscriber subscriber = replica.connect();
        subscriber.send("{\"action\":\"subscribe\"," + members + "}");
        return subscriber;
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 3 * RING})
    void replaysFromTheRingAndFromTheTableThenGoesLive(int count) {
        String name = "replay." + count;
        long before = publish(count, name + ".even", name + ".odd");
        List<Long> all =
                LongStream.rangeClosed(before + 1, before + count).boxed().toList();
        List<Long> even = all.stream().filter(id -> (id - before) % 2 == 1).toList();

        TestSubscriber exact = subscribe("\"event_name\":\"%s.even\",\"after\":%d".formatted(name, before));
        TestSubscriber both =
                subscribe("\"event_names\":[\"%s.odd\",\"%s.even\"],\"after\":%d".formatted(name, name, before));
        TestSubscriber pattern = subscribe("\"event_name\":\"%s.*\",\"after\":%d".formatted(name, before));
        TestSubscriber everything = subscribe("\"event_name\":\">\",\"after\":" + before);
        assertThat(ids(exact.nextJson(count / 2))).isEqualTo(even);
        for (TestSubscriber subscriber : List.of(both, pattern, everything)) {
            assertThat(ids(subscriber.nextJson(count))).isEqualTo(all);
        }
        long live = replica.publish(name + ".even", "\"live\"").eventId();
        for (TestSubscriber subscriber : List.of(exact, both, pattern, everything)) {
            assertThat(subscriber.nextJson().get("id").longValue()).isEqualTo(live);
        }
    }

    @Test
    void framesCarryEverythingWithMetadata() {
        TestSubscriber plain = replica.subscribe("meta");
        TestSubscriber live = subscribe("\"event_name\":\"meta\",\"metadata\":true");
        live.awaitPong();
        long id = replica.post(
                        "{\"event_name\":\"meta\",\"payload\":[1],\"source\":\"billing\",\"metadata\":{\"k\":\"v\"}}")
                .eventId();
        TestSubscriber resumed = subscribe("\"event_name\":\"meta\",\"after\":" + (id - 1));
        TestSubscriber withoutMetadata = subscribe("\"event_name\":\"meta\",\"metadata\":false,\"after\":" + (id - 1));
        String createdAt = replica.get("/events/" + id)
                .json()
                .get("data")
                .get("created_at")
                .stringValue();
        String full =
                "{\"event_name\":\"meta\",\"payload\":[1],\"id\":%d,\"created_at\":\"%s\",\"source\":\"billing\",\"metadata\":{\"k\":\"v\"}}"
                        .formatted(id, createdAt);
        assertThat(live.next()).isEqualTo(full);
        assertThat(resumed.next()).isEqualTo(full);
        assertThat(plain.next()).isEqualTo("{\"event_name\":\"meta\",\"payload\":[1]}");
        assertThat(withoutMetadata.next()).isEqualTo("{\"event_name\":\"meta\",\"payload\":[1]}");
    }

    @Test
    void aRequestIdIsAnsweredWithTheHeadBeforeAnyEvent() {
        long before = publish(3, "ack.a", "ack.b");
        TestSubscriber subscriber = subscribe("\"event_name\":\"ack.*\",\"request_id\":\"x\",\"after\":" + before);
        JsonNode answer = subscriber.nextJson();
        long head = answer.get("data").get("head").longValue();
        assertThat(answer.toString())
                .isEqualTo(
                        "{\"status\":\"ok\",\"message\":\"subscribed\",\"data\":{\"request_id\":\"x\",\"event_name\":\"ack.*\",\"head\":%d,\"epoch\":\"%s\"}}"
                                .formatted(head, replica.get("/events").header("Log-Epoch")));
        assertThat(head).isBetween(before, before + 3); // this replica may be a little behind
        assertThat(ids(subscriber.nextJson(3))).containsExactly(before + 1, before + 2, before + 3);
    }

    @Test
    void lastReplaysTheLastOnes() {
        long before = publish(20, "last.a", "last.b");
        publish(2 * RING, "noise", "noise");
        TestSubscriber exact = subscribe("\"event_name\":\"last.a\",\"last\":3");
        TestSubscriber pattern = subscribe("\"event_name\":\"last.*\",\"last\":3");
        TestSubscriber none = subscribe("\"event_name\":\"last.none\",\"last\":3");
        TestSubscriber more = subscribe("\"event_name\":\"last.a\",\"last\":100");
        assertThat(ids(exact.nextJson(3))).containsExactly(before + 15, before + 17, before + 19);
        assertThat(ids(pattern.nextJson(3))).containsExactly(before + 18, before + 19, before + 20);
        assertThat(ids(more.nextJson(10)).getFirst()).isEqualTo(before + 1);
        none.awaitPong();
        long live = replica.publish("last.none", "1").eventId();
        assertThat(none.nextJson().get("id").longValue()).isEqualTo(live);
    }

    @Test
    void aPositionThatTheLogDoesNotHaveIsRefused() {
        long head = head();
        TestSubscriber subscriber = subscribe("\"event_name\":\"a\",\"after\":" + (head + 1));
        assertThat(subscriber.nextJson().get("message").stringValue())
                .isEqualTo("after must be at most the head, which is %d, this one is %d".formatted(head, head + 1));
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"a\",\"after\":" + head + "}");
        subscriber.awaitPong();
        replica.publish("a", "1");
        assertThat(subscriber.nextJson().get("id").longValue()).isEqualTo(head + 1);
    }

    @Test
    void aPositionBeforeTheEarliestIsRefusedAndNamesIt() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica other = TestReplica.start(database)) {
            for (int n = 0; n < 10; n++) {
                other.publish("old", String.valueOf(n));
            }
            database.execute("DELETE FROM events WHERE id <= 5");
            try (TestReplica restarted = TestReplica.start(database)) { // without the removed ones in its ring
                TestSubscriber subscriber = restarted.connect();
                subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"old\",\"after\":4,\"request_id\":\"r\"}");
                JsonNode refusal = subscriber.nextJson();
                assertThat(refusal.get("message").stringValue())
                        .isEqualTo("after must be at least 5, this one is 4: the earliest event that is kept is 6");
                assertThat(refusal.at("/data/request_id").stringValue()).isEqualTo("r");
                assertThat(refusal.at("/data/earliest").longValue()).isEqualTo(6);
                assertThat(refusal.at("/data/head").longValue()).isGreaterThanOrEqualTo(10);
                assertThat(refusal.at("/data/epoch").stringValue()).isNotEmpty();
                subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"old\",\"after\":5}");
                assertThat(ids(subscriber.nextJson(6))).containsExactly(6L, 7L, 8L, 9L, 10L, 11L);
            }
        }
    }

    @Test
    void otherSubscriptionsOfTheConnectionKeepTheOrderThroughAReplay() {
        TestSubscriber subscriber = subscribe("\"event_name\":\"mix.live\",\"metadata\":true");
        subscriber.awaitPong();
        long before = publish(3_000, "mix.replayed", "mix.live");
        List<JsonNode> live = subscriber.nextJson(1_500);
        assertThat(ids(live).getLast()).isEqualTo(before + 3_000);
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"mix.replayed\",\"after\":%d}".formatted(before));
        long after = publish(10, "mix.replayed", "mix.live");
        List<Long> expected = new ArrayList<>();
        for (long id = before + 1; id < before + 3_000; id += 2) {
            expected.add(id);
        }
        for (long id = after + 1; id <= after + 10; id++) {
            expected.add(id);
        }
        assertThat(ids(subscriber.nextJson(1_510))).isEqualTo(expected);
        subscriber.awaitPong();
    }

    @Test
    void replaysMeetTheHubWhileEventsFlow() throws Exception {
        long before = publish(2 * RING, "flow.x", "flow.y");
        int flowing = 1_500;
        int subscribing = 8;
        try (ExecutorService publisher = Executors.newVirtualThreadPerTaskExecutor()) {
            List<TestSubscriber> subscribers = new ArrayList<>();
            Future<?> publishing = publisher.submit(() -> {
                for (int n = 0; n < flowing; n++) {
                    replica.publish("flow.x", String.valueOf(n));
                }
            });
            while (subscribers.size() < subscribing) {
                subscribers.add(subscribe("\"event_name\":\"flow.*\",\"after\":" + before));
                subscribers.getLast().awaitMessages(2 * RING); // it is about to meet the hub when the next one starts
            }
            publishing.get();
            int count = 2 * RING + flowing;
            List<Long> expected =
                    LongStream.rangeClosed(before + 1, before + count).boxed().toList();
            for (TestSubscriber subscriber : subscribers) {
                assertThat(ids(subscriber.nextJson(count))).isEqualTo(expected);
                subscriber.close();
            }
        }
    }

    @Test
    void aQuietSubscriberWithMetadataIsToldItsPosition() {
        try (TestReplica telling = TestReplica.start(DATABASE, "CHECKPOINT_INTERVAL", "50ms")) {
            TestSubscriber plain = telling.subscribe("quiet");
            TestSubscriber subscriber = telling.connect();
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"quiet\",\"metadata\":true}");
            long id = telling.publish("other", "1").eventId();
            await().until(() -> subscriber.nextJson().get("checkpoint").longValue() >= id);
            plain.awaitPong(); // and only with metadata
        }
    }

    @Test
    void theEndOfAConnectionNamesThePositionOfAReplay() {
        TestDatabase database = TestDatabase.create();
        TestReplica stopping = TestReplica.start(database);
        stopping.publish("end", "1");
        TestSubscriber subscriber = stopping.connect();
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"nothing\",\"after\":1}");
        subscriber.awaitPong();
        stopping.close();
        assertThat(subscriber.awaitClose().reason()).isEqualTo("the service is stopping after=1");
    }
}
