package io.eventhandler.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.eventhandler.client.PublishException.Outcome;
import io.eventhandler.event.NewEvent;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Publishing with a client, through a network that is not always there. */
class EventClientTest {

    private static final URI NOBODY = URI.create("http://127.0.0.1:1");
    private static final Duration SHORT = Duration.ofMillis(300);

    private static TestReplica replica;
    private static TestReplica guarded;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
        guarded = TestReplica.startGuarded(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
        guarded.close();
    }

    private static NewEvent event(String name, String payload, @Nullable String key) {
        return new NewEvent(name, "tests", payload.getBytes(UTF_8), null, key);
    }

    private static PublishException failure(CompletableFuture<?> outcome) {
        return (PublishException) Objects.requireNonNull(
                catchThrowableOfType(CompletionException.class, outcome::join).getCause());
    }

    private static String stored(long id) {
        return replica.get("/events/" + id).json().get("data").toString();
    }

    @Test
    void anEventIsStoredWithAllThatItHas() throws PublishException {
        try (var client =
                EventClient.builder().url(replica.uri("/")).source("orders").build()) {
            long id = client.publish("order.placed", Map.of("n", 7));
            assertThat(stored(id)).contains("\"event_name\":\"order.placed\"", "{\"n\":7}", "\"source\":\"orders\"");
            long full = client.publish(
                    new NewEvent("order.paid", "billing", "\"é\"".getBytes(UTF_8), "{\"a\":\"b\"}", "key"));
            assertThat(stored(full)).contains("\"é\"", "\"source\":\"billing\"", "{\"a\":\"b\"}");
        }
        try (var client = EventClient.of(replica.uri("/"))) {
            assertThat(stored(client.publish("order.placed", 1))).contains("\"source\":\"api\"");
        }
    }

    @Test
    void whatHasAKeyIsStoredOnce() throws PublishException {
        try (var client = EventClient.of(replica.uri("/"))) {
            long id = client.publish(event("keyed", "1", "one"));
            assertThat(client.publish(event("keyed", "1", "one"))).isEqualTo(id);
            List<NewEvent> batch = List.of(event("keyed", "2", "two"), event("keyed", "1", "one"));
            List<Long> ids = client.publishAll(batch);
            assertThat(ids).containsExactly(id + 1, id);
            assertThat(client.publishAll(batch)).isEqualTo(ids);
            assertThatThrownBy(() -> client.publish(event("keyed", "3", "one")))
                    .isInstanceOfSatisfying(PublishException.class, e -> {
                        assertThat(e.outcome()).isEqualTo(Outcome.REFUSED);
                        assertThat(e.status()).isEqualTo(422);
                    });
        }
    }

    @Test
    void whatIsHandedOverAtOnceIsStoredInItsOrder() {
        try (var client = EventClient.of(replica.uri("/"))) {
            List<CompletableFuture<Long>> outcomes = IntStream.range(0, 3_000)
                    .mapToObj(i -> client.publishAsync(event("ordered", String.valueOf(i), null)))
                    .toList();
            List<Long> ids = outcomes.stream().map(CompletableFuture::join).toList();
            assertThat(ids).isSorted();
            assertThat(new HashSet<>(ids)).hasSize(3_000);
            assertThat(stored(ids.get(2_999))).contains("\"payload\":2999");
        }
    }

    @Test
    void anEventThatIsRefusedTakesNoOtherWithIt() {
        try (var client = EventClient.of(replica.uri("/"))) {
            List<CompletableFuture<Long>> outcomes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                outcomes.add(client.publishAsync(event(i % 10 == 3 ? "not a name" : "fine", "1", null)));
            }
            for (int i = 0; i < 100; i++) {
                if (i % 10 == 3) {
                    PublishException refusal = failure(outcomes.get(i));
                    assertThat(refusal.outcome()).isEqualTo(Outcome.REFUSED);
                    assertThat(refusal).hasMessageContaining("white space");
                } else {
                    assertThat(outcomes.get(i).join()).isPositive();
                }
            }
            assertThat(failure(client.publishAllAsync(List.of(event("fine", "1", null), event("no name", "1", null)))))
                    .hasMessageContaining("index 1");
        }
    }

    @Test
    void whatCouldNotBeSentIsNotStoredAndWhatWasSentMayBe() throws IOException {
        try (var nobody = EventClient.builder().url(NOBODY).timeout(SHORT).build();
                var listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var silent = EventClient.builder()
                        .url(URI.create("http://127.0.0.1:" + listening.getLocalPort()))
                        .timeout(SHORT)
                        .build()) {
            assertThatThrownBy(() -> nobody.publish("away", 1))
                    .hasMessage("not stored: http://127.0.0.1:1 can't be reached")
                    .isInstanceOfSatisfying(
                            PublishException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_STORED));
            assertThatThrownBy(() -> silent.publish("unknown", 1))
                    .hasMessageStartingWith("whether the event is stored is not known: no answer from")
                    .isInstanceOfSatisfying(
                            PublishException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
        }
    }

    @Test
    void anAnswerThatIsLostStoresNothingTwice() throws PublishException {
        try (var proxy = new TcpProxy(replica.uri("/").getPort());
                var client = EventClient.of(URI.create("http://127.0.0.1:" + proxy.port()))) {
            proxy.cutAnswerTo("POST /publish");
            long id = client.publish("lost.answer", 1);
            assertThat(proxy.hasCut()).isTrue();
            proxy.cutAnswerTo("POST /publish");
            List<Long> ids =
                    client.publishAll(List.of(event("lost.answer", "2", null), event("lost.answer", "3", null)));
            assertThat(ids).containsExactly(id + 1, id + 2);
            assertThat(replica.get("/events?event_name=lost.answer").json().get("data"))
                    .hasSize(3);
        }
    }

    @Test
    void theNextAddressIsUsedWhenOneDoesNotAnswer() throws PublishException {
        try (var client =
                EventClient.builder().url(NOBODY).url(replica.uri("/")).build()) {
            assertThat(client.publish("elsewhere", 1)).isPositive();
        }
    }

    @Test
    void theTokenIsAskedForEachTimeAndAgainWhenItIsRefused() throws PublishException {
        var tokens = new ArrayList<>(List.of("eh_old", TestReplica.ADMIN_KEY, "eh_old", "eh_old"));
        try (var client = EventClient.builder()
                .url(guarded.uri("/"))
                .token(tokens::removeFirst)
                .build()) {
            assertThat(client.publish("allowed", 1)).isPositive();
            assertThatThrownBy(() -> client.publish("allowed", 1))
                    .hasMessageStartingWith("refused: the service answered 401")
                    .isInstanceOfSatisfying(
                            PublishException.class, e -> assertThat(e.status()).isEqualTo(401));
        }
    }

    @Test
    void closingWaitsForWhatIsUnderWayAndTakesNothingMore() {
        var client = EventClient.builder().url(replica.uri("/")).maxInFlight(10).build();
        List<CompletableFuture<Long>> outcomes = LongStream.range(0, 500)
                .mapToObj(i -> client.publishAsync(event("closing", "1", null)))
                .toList();
        client.close();
        assertThat(outcomes).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThatThrownBy(() -> client.publish("closing", 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsNoAddressIsSaid() {
        assertThatThrownBy(() -> EventClient.of(URI.create("event-handler-service:80")))
                .hasMessage("'event-handler-service:80' is not an address such as http://event-handler-service");
        assertThatThrownBy(() -> EventClient.builder().build()).hasMessageContaining("needs the address");
    }
}
