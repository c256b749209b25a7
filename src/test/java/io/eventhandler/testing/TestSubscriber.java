package io.eventhandler.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A WebSocket client that keeps every message in order. */
public final class TestSubscriber implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String PONG = "{\"status\":\"ok\",\"message\":\"pong\",\"data\":null}";

    private final LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Close> closed = new CompletableFuture<>();
    private final WebSocket socket;

    /** How the connection ended. */
    public record Close(int code, String reason) {}

    private TestSubscriber(HttpClient http, URI uri, @Nullable String token, List<String> subprotocols) {
        WebSocket.Builder builder = http.newWebSocketBuilder();
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        if (!subprotocols.isEmpty()) {
            builder.subprotocols(
                    subprotocols.getFirst(),
                    subprotocols.subList(1, subprotocols.size()).toArray(String[]::new));
        }
        this.socket = builder.buildAsync(uri, new Receiver()).join();
    }

    static TestSubscriber connect(
            HttpClient http, int port, @Nullable String token, String query, String... subprotocols) {
        return new TestSubscriber(
                http, URI.create("ws://127.0.0.1:%d/ws%s".formatted(port, query)), token, List.of(subprotocols));
    }

    /** Connects through this client to this address, with this token and these subprotocols. */
    public static TestSubscriber connect(HttpClient http, URI uri, @Nullable String token, String... subprotocols) {
        return new TestSubscriber(http, uri, token, List.of(subprotocols));
    }

    /** Connects through this client to this address. */
    public static TestSubscriber connect(HttpClient http, URI uri) {
        return new TestSubscriber(http, uri, null, List.of());
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder partial = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                messages.add(partial.toString());
                partial.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed.complete(new Close(code, reason));
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.complete(new Close(1006, String.valueOf(error)));
        }
    }

    /** Sends a text message. */
    public void send(String text) {
        socket.sendText(text, true).join();
    }

    /** The socket, for what has no method here. */
    public WebSocket socket() {
        return socket;
    }

    /** The next message, within thirty seconds. */
    public String next() {
        return next(Duration.ofSeconds(30));
    }

    /** The next message, within this time. */
    public String next(Duration timeout) {
        try {
            String message = messages.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            assertThat(message).as("a message within " + timeout).isNotNull();
            return String.valueOf(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The next message, parsed. */
    public JsonNode nextJson() {
        return JSON.readTree(next());
    }

    /** The next {@code count} messages, parsed. */
    public List<JsonNode> nextJson(int count) {
        List<JsonNode> all = new CopyOnWriteArrayList<>();
        awaitMessages(count);
        List<String> texts = new java.util.ArrayList<>(count);
        messages.drainTo(texts, count);
        all.addAll(texts.stream().map(JSON::readTree).toList());
        return all;
    }

    /** Waits until so many messages wait to be looked at. */
    public void awaitMessages(int count) {
        await().atMost(Duration.ofMinutes(2)).until(() -> messages.size() >= count);
    }

    /** How many messages wait to be looked at. */
    public int waiting() {
        return messages.size();
    }

    /** Waits until everything that was sent before has been handled: a ping is answered in order. */
    public void awaitPong() {
        send("{\"action\":\"ping\"}");
        assertThat(next()).isEqualTo(PONG);
    }

    /** How the connection ended, within thirty seconds. */
    public Close awaitClose() {
        return closed.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
