package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Subscribing by pattern. */
class PatternTest {

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static List<String> names(List<JsonNode> messages) {
        return messages.stream()
                .map(message -> message.get("event_name").stringValue())
                .toList();
    }

    @Test
    void deliversWhatThePatternSelectsInOrder() {
        TestSubscriber one = replica.subscribe("order.*");
        TestSubscriber rest = replica.subscribe("order.>");
        TestSubscriber middle = replica.subscribe("*.eu.paid");
        for (String name : List.of("order.paid", "order", "order.eu.paid", "orders.paid", "order.sent", "a.eu.paid")) {
            replica.publish(name, "1");
        }
        assertThat(names(one.nextJson(2))).containsExactly("order.paid", "order.sent");
        assertThat(names(rest.nextJson(3))).containsExactly("order.paid", "order.eu.paid", "order.sent");
        assertThat(names(middle.nextJson(2))).containsExactly("order.eu.paid", "a.eu.paid");
        for (TestSubscriber subscriber : List.of(one, rest, middle)) {
            subscriber.awaitPong(); // nothing else came
        }
    }

    @Test
    void anEventThatSeveralPatternsSelectArrivesOnce() {
        TestSubscriber subscriber = replica.subscribe(">", "once.*", "once.>", "once.a", "*.a");
        IntStream.range(0, 50).forEach(n -> replica.publish("once.a", String.valueOf(n)));
        assertThat(subscriber.nextJson(50).stream()
                        .map(message -> message.get("payload").intValue())
                        .toList())
                .isEqualTo(IntStream.range(0, 50).boxed().toList());
        subscriber.awaitPong();
    }

    @Test
    void unsubscribingAPatternLeavesTheOthers() {
        TestSubscriber subscriber = replica.subscribe("un.*", "un.a");
        subscriber.send("{\"action\":\"unsubscribe\",\"event_name\":\"un.*\"}");
        subscriber.awaitPong();
        replica.publish("un.b", "1");
        replica.publish("un.a", "2");
        assertThat(subscriber.nextJson().get("payload").intValue()).isEqualTo(2);
        subscriber.send("{\"action\":\"unsubscribe\",\"event_name\":\"un.a\"}");
        subscriber.awaitPong();
        TestSubscriber other = replica.subscribe("un.a");
        replica.publish("un.a", "3");
        assertThat(other.nextJson().get("payload").intValue()).isEqualTo(3); // so it was delivered
        subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"un.>\"}");
        subscriber.awaitPong();
        replica.publish("un.a", "4");
        assertThat(subscriber.nextJson().get("payload").intValue()).isEqualTo(4);
    }

    @Test
    void severalNamesComeWithOneCommand() {
        TestSubscriber subscriber = replica.connect();
        subscriber.send("{\"action\":\"subscribe\",\"event_names\":[\"s.a\",\"s.b.*\"],\"request_id\":\"r1\"}");
        JsonNode answer = subscriber.nextJson();
        assertThat(answer.get("message").stringValue()).isEqualTo("subscribed");
        assertThat(answer.get("data").get("request_id").stringValue()).isEqualTo("r1");
        assertThat(answer.get("data").get("event_names").toString()).isEqualTo("[\"s.a\",\"s.b.*\"]");
        replica.publish("s.b.c", "1");
        replica.publish("s.a", "2");
        assertThat(names(subscriber.nextJson(2))).containsExactly("s.b.c", "s.a");
        subscriber.send("{\"action\":\"unsubscribe\",\"event_names\":[\"s.a\",\"s.b.*\"],\"request_id\":\"r2\"}");
        assertThat(subscriber.nextJson().get("message").stringValue()).isEqualTo("unsubscribed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "event_name":"a.>.b"                          | event_name must not go on after '>', which is at position 2: it stands for all that follows
            "event_name":"a..b"                           | event_name must not have an empty token, there is one at position 2
            "event_name":"**"                             | event_name must not have the token '**', it is at position 0: a wildcard is * or >
            "event_names":[]                              | event_names must be an array of 1 to 1000 strings, this one has 0
            "event_names":"a"                             | event_names must be an array of 1 to 1000 strings
            "event_names":["a",7]                         | event_names[1] must be a string
            "event_names":["a","b..c"]                    | event_names[1] must not have an empty token, there is one at position 2
            "event_name":"a","event_names":["b"]          | event_name and event_names exclude each other
            "event_name":"a","after":1,"last":1           | after and last exclude each other
            "event_name":"a","after":-1                   | after must be a whole number from 0 to the head, not -1
            "event_name":"a","after":"1"                  | after must be a whole number from 0 to the head, not "1"
            "event_name":"a","after":1.5                  | after must be a whole number from 0 to the head, not 1.5
            "event_name":"a","after":99999999999999999999 | after must be a whole number from 0 to the head, not 99999999999999999999
            "event_name":"a","last":0                     | last must be a whole number from 1 to 1000, not 0
            "event_name":"a","last":1001                  | last must be a whole number from 1 to 1000, not 1001
            "event_name":"a","metadata":"yes"             | metadata must be true or false
            """)
    void aBadSubscriptionIsRefusedWithItsRequestId(String members, String message) {
        TestSubscriber subscriber = replica.connect();
        subscriber.send("{\"action\":\"subscribe\",\"request_id\":\"r\"," + members + "}");
        assertThat(subscriber.nextJson().toString())
                .isEqualTo("{\"status\":\"error\",\"message\":\"%s\",\"data\":{\"request_id\":\"r\"}}"
                        .formatted(message.replace("\"", "\\\"")));
        subscriber.awaitPong();
    }

    @Test
    void moreThanAThousandNamesAreRefused() {
        TestSubscriber subscriber = replica.connect();
        String names = "\"n\",".repeat(1_000) + "\"n\"";
        subscriber.send("{\"action\":\"subscribe\",\"event_names\":[" + names + "]}");
        assertThat(subscriber.nextJson().get("message").stringValue())
                .isEqualTo("event_names must be an array of 1 to 1000 strings, this one has 1001");
    }
}
