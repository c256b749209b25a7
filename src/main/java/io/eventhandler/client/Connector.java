package io.eventhandler.client;

import io.eventhandler.event.NamePattern;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.lifecycle.BackgroundThread;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens connections to {@code /ws} and says on them what to subscribe to. Thread-safe. */
final class Connector {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

    private final HttpClient http;
    private final BaseUrls urls;
    private final Supplier<@Nullable String> token;
    private final Duration pingAfter;

    Connector(HttpClient http, BaseUrls urls, Supplier<@Nullable String> token, Duration pingAfter) {
        this.http = http;
        this.urls = urls;
        this.token = token;
        this.pingAfter = pingAfter;
    }

    /** There is no connection. */
    static final class NotConnectedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final int status;
        private final @Nullable Duration after;

        /**
         * @param status that the service answered, 0 for no answer
         * @param after how long the service asks to be left alone, null when it doesn't say
         */
        NotConnectedException(String message, int status, @Nullable Duration after) {
            super(message);
            this.status = status;
            this.after = after;
        }

        int status() {
            return status;
        }

        @Nullable
        Duration after() {
            return after;
        }

        /** Whether the same request will be refused again. */
        boolean isForGood() {
            return status >= 400 && status < 500 && status != 408 && status != 429;
        }
    }

    /** Another address is to be used next, where there are several. */
    void elsewhere() {
        urls.failed(urls.current());
    }

    /** Connects, with a credential that is asked for now. */
    EventSocket connect() throws NotConnectedException, InterruptedException {
        String url = urls.current();
        var socket = new EventSocket(pingAfter, this::authenticate);
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(CONNECT_WITHIN);
        CompletableFuture<WebSocket> opening;
        try {
            String credential = token.get();
            if (credential != null) {
                builder.header("Authorization", "Bearer " + credential);
            }
            opening = builder.buildAsync(URI.create("ws" + url.substring("http".length()) + "/ws"), socket);
        } catch (IllegalArgumentException e) {
            throw new NotConnectedException("the token must be printable ASCII without spaces", 400, null);
        }
        try {
            opening.get(2 * CONNECT_WITHIN.toNanos(), TimeUnit.NANOSECONDS);
            return socket;
        } catch (ExecutionException e) {
            throw failure(url, e.getCause());
        } catch (TimeoutException e) {
            throw new NotConnectedException("no answer from " + url, 0, null);
        } finally {
            if (!opening.isDone()) {
                socket.close();
            }
        }
    }

    private static NotConnectedException failure(String url, @Nullable Throwable cause) {
        if (cause instanceof WebSocketHandshakeException answered && answered.getResponse() != null) {
            int status = answered.getResponse().statusCode();
            return new NotConnectedException(
                    "%s answered %d".formatted(url, status),
                    status,
                    PublishRequests.retryAfter(answered.getResponse().headers()));
        }
        return new NotConnectedException(url + " can't be reached", 0, null);
    }

    private void authenticate(EventSocket socket) {
        BackgroundThread.once("authenticate", () -> {
            String credential = token.get();
            if (credential == null) {
                return;
            }
            try {
                socket.send(new JsonWriter()
                        .raw("{\"action\":\"authenticate\",\"token\":")
                        .string(credential)
                        .raw("}")
                        .toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /**
     * Asks for the events.
     *
     * @param position to go on from, null to begin
     * @return whether it could be sent
     */
    static boolean subscribe(EventSocket socket, List<NamePattern> patterns, @Nullable Cursor position, Start start)
            throws InterruptedException {
        var json = new JsonWriter()
                .raw("{\"action\":\"subscribe\",\"metadata\":true,\"request_id\":\"s\",\"event_names\":[");
        String separator = "";
        for (NamePattern pattern : patterns) {
            json.raw(separator).string(pattern.text());
            separator = ",";
        }
        json.raw("]");
        if (position != null) {
            json.raw(",\"after\":").number(position.id());
            json.raw(",\"epoch\":").string(position.epoch());
        } else {
            switch (start) {
                case Start.Now now -> {}
                case Start.Earliest earliest -> json.raw(",\"after\":0");
                case Start.After after -> json.raw(",\"after\":").number(after.id());
                case Start.Last last -> json.raw(",\"last\":").number(last.events());
            }
        }
        return socket.send(json.raw("}").toString());
    }
}
