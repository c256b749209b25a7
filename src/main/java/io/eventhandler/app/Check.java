package io.eventhandler.app;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.event.NewEvent;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Publishes an event to a running service and receives it over a WebSocket; behind a load balancer the two may meet
 * different replicas. The event stays in the log. For one thread.
 */
final class Check {

    /** The variable with the API key or JSON Web Token, where the service asks for one. */
    static final String TOKEN = "EVENT_HANDLER_TOKEN";

    private static final String EVENT = "event-handler.check";
    private static final String SUBSCRIBE =
            "{\"action\":\"subscribe\",\"event_name\":\"%s\",\"request_id\":\"check\"}".formatted(EVENT);

    private static final Pattern ADDRESS = Pattern.compile("https?://[\\w.-]+(:\\d{1,5})?/*");

    private final URI service;
    private final URI webSocket;
    private final @Nullable String token;
    private final Duration timeout;
    private final String nonce = UUID.randomUUID().toString();

    /**
     * @param service the service's address, such as {@code http://event-handler-service}
     * @param token null for none
     * @param timeout of each step
     * @throws IllegalArgumentException when it is no address, or no token
     */
    Check(String service, @Nullable String token, Duration timeout) {
        if (!ADDRESS.matcher(service).matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not an address such as http://event-handler-service".formatted(service));
        }
        if (token != null && token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException(TOKEN + " must be printable ASCII without spaces");
        }
        this.token = token;
        String address = service.replaceAll("/+$", "");
        this.service = URI.create(address);
        this.webSocket = URI.create(address.replaceFirst("http", "ws") + "/ws");
        this.timeout = timeout;
    }

    /** Says on {@code out} or {@code err} how it went, and returns the exit status: 0, or 1 when it failed. */
    int run(PrintStream out, PrintStream err) throws InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        String step = "connect to " + webSocket;
        try (var events = EventClient.builder()
                .url(service)
                .token(() -> token)
                .timeout(timeout)
                .build()) {
            var receiver = new Receiver(nonce);
            WebSocket socket = await(open(http, receiver));
            step = "subscribe at " + webSocket;
            await(socket.sendText(SUBSCRIBE, true));
            await(receiver.subscribed);
            step = "publish to " + service;
            byte[] payload = ('"' + nonce + '"').getBytes(StandardCharsets.UTF_8);
            long id = events.publish(new NewEvent(EVENT, "check", payload, null, nonce));
            step = "receive event %d from %s".formatted(id, webSocket);
            await(receiver.received);
            out.printf("event %d was published and received through %s%n", id, service);
            return 0;
        } catch (PublishException e) {
            err.printf("could not %s: %s%n", step, e.getMessage());
        } catch (ExecutionException e) {
            err.printf("could not %s: %s%n", step, reason(e));
        } catch (TimeoutException e) {
            err.printf("could not %s within %d ms%n", step, timeout.toMillis());
        } finally {
            http.shutdownNow();
        }
        return 1;
    }

    private CompletableFuture<WebSocket> open(HttpClient http, Receiver receiver) {
        WebSocket.Builder builder = http.newWebSocketBuilder();
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        return builder.buildAsync(webSocket, receiver);
    }

    private String reason(ExecutionException e) {
        if (!(e.getCause() instanceof WebSocketHandshakeException refusal)) {
            return String.valueOf(e.getCause());
        }
        int status = refusal.getResponse().statusCode();
        String remedy = status == 401 && token == null ? ": it needs a credential, set " + TOKEN : "";
        return "it answered " + status + remedy;
    }

    private <T> T await(CompletableFuture<T> future) throws ExecutionException, TimeoutException, InterruptedException {
        return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits for the acknowledgement, then for the event with the nonce; others' checks are passed over. */
    private static final class Receiver implements WebSocket.Listener {

        private final CompletableFuture<Void> subscribed = new CompletableFuture<>();
        private final CompletableFuture<Void> received = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();
        private final String nonce;

        Receiver(String nonce) {
            this.nonce = nonce;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                String text = message.toString();
                message.setLength(0);
                if (text.contains("\"request_id\":\"check\"") && text.contains("\"status\":\"ok\"")) {
                    subscribed.complete(null);
                } else if (text.contains(nonce)) {
                    received.complete(null);
                } else if (text.contains("\"status\":\"error\"")) {
                    onError(socket, new IllegalStateException("it answered " + text));
                }
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            onError(socket, new IllegalStateException("it closed with %d %s".formatted(code, reason)));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            subscribed.completeExceptionally(error);
            received.completeExceptionally(error);
        }
    }
}
