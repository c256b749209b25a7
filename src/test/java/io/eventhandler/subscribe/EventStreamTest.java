package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestEventSource;
import io.eventhandler.testing.TestEventSource.Received;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Server-sent events on {@code /events/stream}. */
class EventStreamTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "PING_INTERVAL", "200ms", "SUBSCRIBER_QUEUE_SIZE", "1MiB");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static TestEventSource open(String query) {
        return new TestEventSource(replica.uri("/events/stream?" + query), null);
    }

    private static List<Long> ids(List<Received> events) {
        return events.stream().map(event -> Long.valueOf(event.id())).toList();
    }

    @Test
    void anEventHasItsIdItsNameAndAllThatIsKnownOfIt() {
        try (TestEventSource source = open("event_name=shape.*")) {
            assertThat(source.status()).isEqualTo(200);
            assertThat(source.header("Content-Type")).isEqualTo("text/event-stream");
            assertThat(source.header("Cache-Control")).isEqualTo("no-cache, no-transform");
            long id = replica.publish("shape.a", "{\"a\":\n\r\n [1,\t2]}").eventId();
            String createdAt = replica.get("/events/" + id)
                    .json()
                    .get("data")
                    .get("created_at")
                    .stringValue();
            Received event = source.await(1).getFirst();
            assertThat(event.id()).isEqualTo(String.valueOf(id));
            assertThat(event.type()).isEqualTo("shape.a");
            assertThat(new tools.jackson.databind.json.JsonMapper()
                            .readTree(event.data())
                            .toString())
                    .isEqualTo(
                            "{\"event_name\":\"shape.a\",\"payload\":{\"a\":[1,2]},\"id\":%d,\"created_at\":\"%s\",\"source\":\"api\"}"
                                    .formatted(id, createdAt));
        }
    }

    @Test
    void eachClientIsToldATimeOfItsOwnToComeBackAfter() {
        Set<Integer> times = new HashSet<>();
        for (int n = 0; n < 10; n++) {
            try (TestEventSource source = open("event_name=retry")) {
                times.add(source.awaitRetryMillis());
            }
        }
        assertThat(times).hasSizeGreaterThan(5).allMatch(millis -> millis >= 1_000 && millis < 5_000);
    }

    @Test
    void replaysAfterAnIdThenGoesLive() {
        long first = replica.publish("resume.a", "1").eventId();
        long second = replica.publish("resume.b", "2").eventId();
        long third = replica.publish("resume.a", "3").eventId();
        try (TestEventSource byParameter = open("event_name=resume.a&event_name=resume.b&after=" + first);
                TestEventSource byHeader = new TestEventSource(
                        replica.uri("/events/stream?event_name=resume.*&after=" + third), String.valueOf(first));
                TestEventSource byPolyfill =
                        open("event_name=resume.*&after=%d&lastEventId=%d".formatted(third, first));
                TestEventSource everything = open("after=" + (first - 1))) {
            long fourth = replica.publish("resume.b", "4").eventId();
            assertThat(ids(byParameter.await(3))).containsExactly(second, third, fourth);
            assertThat(ids(byPolyfill.await(3))).containsExactly(second, third, fourth);
            assertThat(ids(byHeader.await(3))).containsExactly(second, third, fourth);
            await().until(() -> ids(everything.received()).contains(fourth));
            assertThat(ids(everything.received()))
                    .startsWith(LongStream.rangeClosed(first, fourth).boxed().toArray(Long[]::new));
        }
    }

    @Test
    void aQuietStreamMovesTheLastEventIdSoThatAResumeIsCheap() {
        try (TestEventSource source = open("event_name=quiet")) {
            long id = replica.publish("other", "1").eventId();
            await().until(() ->
                    source.lastEventId().equals(String.valueOf(id)) || Long.parseLong("0" + source.lastEventId()) > id);
            assertThat(source.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            after=x             | 422 | after must be the id of an event, a whole number from 0 on, not 'x'
            after=-1            | 422 | after must be the id of an event, a whole number from 0 on, not '-1'
            after=1&after=2     | 422 | after is given more than once
            after=999999        | 422 | after must be at most the head, which is
            event_name=a..b     | 422 | event_name must not have an empty token, there is one at position 2
            event_name=a.%3E.b  | 422 | event_name must not go on after '>', which is at position 2
            event_name=**       | 422 | event_name must not have the token '**'
            limit=1             | 422 | unknown query parameter 'limit', known are after, epoch, event_name, lastEventId
            lastEventId=x       | 422 | lastEventId must be the id of an event, a whole number from 0 on, not 'x'
            """)
    void aBadRequestIsRefused(String query, int status, String message) {
        Answer answer = replica.get("/events/stream?" + query);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.message()).startsWith(message);
    }

    @Test
    void aLastEventIdThatIsNoneIsRefused() {
        Answer answer = TestReplica.send(
                HttpRequest.newBuilder(replica.uri("/events/stream")).header("Last-Event-ID", "abc"));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.message())
                .isEqualTo("Last-Event-ID must be the id of an event, a whole number from 0 on, not 'abc'");
    }

    @Test
    void otherMethodsAreRefused() {
        Answer answer = TestReplica.send(
                HttpRequest.newBuilder(replica.uri("/events/stream")).POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
    }

    @Test
    void removedEventsAreGoneAndTheEarliestIsNamed() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica writing = TestReplica.start(database)) {
            writing.publish("old", "1");
            writing.publish("old", "2");
        }
        database.execute("DELETE FROM events WHERE id <= 2");
        try (TestReplica reading = TestReplica.start(database)) {
            Answer answer = reading.get("/events/stream?after=1");
            assertThat(answer.status()).isEqualTo(410);
            assertThat(answer.message())
                    .isEqualTo("after must be at least 2, this one is 1: the earliest event that is kept is 3");
        }
    }

    @Test
    void aStreamEndsWhenTheServiceStops() {
        TestReplica stopping = TestReplica.start(TestDatabase.create());
        TestEventSource source = new TestEventSource(stopping.uri("/events/stream"), null);
        stopping.publish("a", "1");
        source.await(1);
        stopping.close();
        await().until(source::ended);
    }

    @Test
    void theStreamOfAClientThatDoesNotReadIsEnded() throws IOException {
        awaitStreams(0); // of the tests before
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), replica.service().port())) {
            socket.getOutputStream()
                    .write("GET /events/stream?event_name=flood HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            awaitStreams(1);
            String payload = "\"" + "x".repeat(200_000) + "\"";
            for (int n = 0; n < 100; n++) {
                replica.publish("flood", payload);
            }
            awaitStreams(0);
        }
    }

    private static void awaitStreams(int count) {
        await().until(() -> Scrape.of(replica).get("eventhandler_connections{transport=\"sse\"}") == count);
    }
}
