package io.eventhandler.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which subprotocol is chosen, and a token that comes as one, for browsers. */
class SubprotocolTest {

    private static final String ADMIN = "an-admin-key-of-32-characters/0123456789+?>~";
    private static final String BEARER = "eventhandler.bearer.";

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "AUTH", "required", "ADMIN_KEY", ADMIN);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String bearer(String token) {
        return BEARER + Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "eventhandler, eventhandler, payload",
        "cloudevents.json, cloudevents.json, specversion",
        "'mqtt,cloudevents.json,eventhandler', cloudevents.json, specversion",
        "'eventhandler,cloudevents.json', eventhandler, payload",
        "mqtt, '', payload"
    })
    void theFirstThatThereIsIsChosenAndNeverTheOneWithTheToken(String offered, String chosen, String member) {
        String[] names = (bearer(ADMIN) + "," + offered).split(",", -1);
        try (TestSubscriber subscriber = replica.connect(names)) {
            assertThat(subscriber.socket().getSubprotocol()).isEqualTo(chosen);
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"a\"}");
            subscriber.awaitPong();
            replica.as(ADMIN).publish("a", "1");
            assertThat(subscriber.nextJson().has(member)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "eventhandler.bearer.bm9uc2Vuc2U, 401",
        "eventhandler.bearer.b, 401",
        "eventhandler.bearer., 401",
        "eventhandler.bearer, 401"
    })
    void whatIsNoTokenLetsNobodyIn(String offered, int status) {
        assertThatThrownBy(() -> replica.connect("eventhandler", offered))
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal ->
                                assertThat(refusal.getResponse().statusCode()).isEqualTo(status));
    }

    @Test
    void noAnswerRepeatsTheToken() {
        RawHttp.Answer twice = RawHttp.request(
                replica.service().port(),
                "GET /ws HTTP/1.1",
                "Sec-WebSocket-Protocol: eventhandler, %s, %s".formatted(bearer(ADMIN), bearer(ADMIN)));
        assertThat(twice.status()).isEqualTo(400);
        RawHttp.Answer plain = RawHttp.request(
                replica.service().port(), "GET /ws HTTP/1.1", "Sec-WebSocket-Protocol: " + bearer(ADMIN));
        assertThat(plain.status()).isEqualTo(426);
        assertThat(twice + " " + plain).doesNotContain(BEARER, ADMIN);
    }
}
