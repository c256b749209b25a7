package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.RawWebSocket;
import io.eventhandler.testing.RawWebSocket.Frame;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SlowConsumerTest {

    private static final int EVENTS = 120;
    private static final String PAYLOAD = "{\"n\":%d,\"pad\":\"" + "x".repeat(100_000) + "\"}";

    /** What fits nowhere but in the service: the sockets' buffers take a few megabytes at most. */
    @Test
    void aSubscriberThatNeverReadsIsEndedAndNobodyElseNotices() throws IOException {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "SUBSCRIBER_QUEUE_SIZE", "1MiB");
                var slow = new RawWebSocket(replica.service().port(), 4_096)) {
            slow.sendText("{\"action\":\"subscribe\",\"event_name\":\"flood\"}");
            TestSubscriber quick = replica.subscribe("flood");
            for (int n = 0; n < EVENTS; n++) {
                assertThat(replica.publish("flood", PAYLOAD.formatted(n)).status())
                        .isEqualTo(200);
                int published = n;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> quick.waiting() > published - 4); // this one does keep up
            }
            List<Integer> received = quick.nextJson(EVENTS).stream()
                    .map(message -> message.get("payload").get("n").intValue())
                    .toList();
            assertThat(received).isEqualTo(IntStream.range(0, EVENTS).boxed().toList());

            // It wakes up: what it gets is a prefix without a gap, then the end with the id to resume after.
            int n = 0;
            Frame frame = slow.receive();
            while (frame.opcode() == 1) {
                JsonNode message = new tools.jackson.databind.json.JsonMapper().readTree(frame.text());
                assertThat(message.get("payload").get("n").intValue()).isEqualTo(n++);
                frame = slow.receive();
            }
            assertThat(frame.closeCode()).isEqualTo(4008);
            assertThat(frame.text()).startsWith("slow consumer after=");
            long lastId = Long.parseLong(frame.text().substring(frame.text().indexOf('=') + 1));
            assertThat(n).isLessThan(EVENTS);
            assertThat(replica.get("/events/" + lastId)
                            .json()
                            .get("data")
                            .get("payload")
                            .get("n")
                            .intValue())
                    .isEqualTo(n - 1);
        }
    }

    @Test
    void anEndedSubscriberThatStillDoesNotReadIsCut() throws IOException {
        try (TestReplica replica = TestReplica.start(
                        TestDatabase.create(),
                        "SUBSCRIBER_QUEUE",
                        "10",
                        "SUBSCRIBER_QUEUE_SIZE",
                        "64KiB",
                        "PING_INTERVAL",
                        "1s");
                var slow = new RawWebSocket(replica.service().port(), 4_096)) {
            slow.sendText("{\"action\":\"subscribe\",\"event_name\":\"flood\"}");
            replica.subscribe("flood").close();
            for (int n = 0; n < 100; n++) {
                replica.publish("flood", PAYLOAD.formatted(n));
            }
            await().until(() -> isCut(slow));
            assertThatThrownBy(() -> {
                        while (true) {
                            slow.receive(); // the rest of what the sockets held
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    /** Sending fails once the other side has closed the connection. */
    private static boolean isCut(RawWebSocket socket) {
        try {
            socket.send(10, true, new byte[0]);
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
