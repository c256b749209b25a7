package io.eventhandler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two replicas remove old events while both of them publish and deliver. */
class RetentionClusterTest {

    private static final int BATCH = 50;
    private static final int BATCHES = 200;
    private static final String OLD = "UPDATE events SET created_at = created_at - interval '2 days' WHERE id < %d";

    @Test
    void idsStayDenseAndDeliveryCompleteWhilePartitionsAreDropped() throws Exception {
        TestDatabase database = TestLog.create(1_000).database();
        String[] settings = {"RETENTION", "1d", "RETENTION_INTERVAL", "10ms"};
        try (TestReplica a = TestReplica.start(database, settings);
                TestReplica b = TestReplica.start(database, settings);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<TestReplica> replicas = List.of(a, b);
            List<TestSubscriber> subscribers =
                    replicas.stream().map(replica -> replica.subscribe("kept")).toList();
            long before = database.queryLong("SELECT events_head()");

            var acknowledged = new ConcurrentSkipListMap<Long, Integer>(); // a batch's first id → its number
            var next = new AtomicInteger();
            var dropped = new AtomicBoolean();
            List<Future<?>> publishers = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(n -> threads.submit(() -> {
                        while (next.get() < BATCHES || !dropped.get()) {
                            int batch = next.getAndIncrement();
                            TestReplica.Answer answer =
                                    replicas.get(batch % replicas.size()).post(batch(batch));
                            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                            acknowledged.put(answer.json().at("/data/first_id").longValue(), batch);
                        }
                    }))
                    .toList();
            while (publishers.stream().anyMatch(publisher -> !publisher.isDone())) {
                // What is two thousand events old grows old at once: it has been delivered for long.
                database.execute(OLD.formatted(database.queryLong("SELECT events_head()") - 2_000));
                dropped.set(database.queryLong("SELECT events_earliest()") > 3_000);
            }
            for (Future<?> publisher : publishers) {
                publisher.get();
            }

            int published = BATCH * acknowledged.size();
            long head = before + published;
            assertThat(database.queryLong("SELECT events_head()")).isEqualTo(head);
            List<Integer> inOrderOfId = acknowledged.values().stream()
                    .flatMap(batch -> IntStream.range(0, BATCH).mapToObj(n -> batch * BATCH + n))
                    .toList();
            for (TestSubscriber subscriber : subscribers) {
                assertThat(subscriber.nextJson(published).stream()
                                .map(message -> message.get("payload").intValue())
                                .toList())
                        .isEqualTo(inOrderOfId);
                subscriber.awaitPong(); // nothing follows the last event
            }
            database.execute(OLD.formatted(head - 100));
            await().until(() -> database.queryLong("SELECT events_earliest()") == head - 100);
            assertThat(database.queryLong("SELECT count(*) FROM events")).isEqualTo(101);
            assertThat(database.query(
                            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                    .doesNotContain("events_from_0", "events_from_5000", "events_from_8000")
                    .contains("events_from_" + (head - head % 1_000));
        }
    }

    private static String batch(int number) {
        return IntStream.range(0, BATCH)
                .mapToObj(n -> "{\"event_name\":\"kept\",\"payload\":%d}".formatted(number * BATCH + n))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aReplicaThatRemovalsHaveOvertakenTellsItsClientsAndGoesOn() throws Exception {
        TestLog log = TestLog.create(1_000);
        try (TestReplica overtaken = TestReplica.start(log.database());
                TestSubscriber subscriber = overtaken.subscribe("test");
                Connection database = log.database().connect();
                Statement statement = database.createStatement()) {
            long before = log.database().queryLong("SELECT events_head()");
            database.setAutoCommit(false); // no replica may see the events between their append and the removal
            statement.execute(log.appending(3));
            statement.execute("DELETE FROM events WHERE id = " + (before + 1));
            database.commit();

            assertThat(subscriber.awaitClose())
                    .isEqualTo(new TestSubscriber.Close(4008, "events were removed before they were sent"));
            assertThat(subscriber.waiting()).isZero();
            assertThat(overtaken.get("/health/live").status()).isEqualTo(200);
            TestSubscriber anew = overtaken.subscribe("test");
            overtaken.publish("test", "\"next\"");
            assertThat(anew.next()).isEqualTo("{\"event_name\":\"test\",\"payload\":\"next\"}");
        }
    }
}
