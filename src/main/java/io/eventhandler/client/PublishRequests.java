package io.eventhandler.client;

import io.eventhandler.json.Excerpt;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends one request to publish and reads its answer. Thread-safe. */
final class PublishRequests {

    private static final int MAX_ANSWER = 1 << 20;
    private static final String OUTCOME_UNKNOWN = "outcome unknown";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http;
    private final Supplier<@Nullable String> token;

    PublishRequests(HttpClient http, Supplier<@Nullable String> token) {
        this.http = http;
        this.token = token;
    }

    /**
     * One try.
     *
     * @param count of the events in the body
     */
    Attempt send(String baseUrl, byte[] body, int count, Duration timeout) throws InterruptedException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(baseUrl + "/publish"))
                    .timeout(timeout)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(body));
            String credential = token.get();
            if (credential != null) {
                request.header("Authorization", "Bearer " + credential);
            }
            return attempt(
                    http.send(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER)), count);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return new Attempt.Failed(0, baseUrl + " can't be reached", false, null, e);
        } catch (IOException e) {
            return new Attempt.Failed(0, "no answer from " + baseUrl, true, null, e);
        } catch (IllegalArgumentException e) {
            return new Attempt.Refused(0, "the token can't be sent: it must be printable ASCII without spaces");
        }
    }

    private static Attempt attempt(HttpResponse<byte[]> response, int count) {
        int status = response.statusCode();
        if (status == 200) {
            return stored(response, count);
        }
        String message = message(response.body());
        String reason = "the service answered %d: %s".formatted(status, message);
        boolean isForNow = status == 408 || status == 429 || status >= 500;
        if (!isForNow) {
            return new Attempt.Refused(status, reason);
        }
        boolean saysSo = status == 408 || status == 429 || (status == 503 && !message.startsWith(OUTCOME_UNKNOWN));
        return new Attempt.Failed(status, reason, !saysSo, retryAfter(response.headers()), null);
    }

    private static Attempt stored(HttpResponse<byte[]> response, int count) {
        List<Long> ids = count == 1
                ? response.headers().firstValueAsLong("Event-Id").stream()
                        .boxed()
                        .toList()
                : List.of();
        if (ids.isEmpty()) {
            ids = idsOf(response.body());
        }
        return ids.size() == count
                ? new Attempt.Stored(ids)
                : new Attempt.Failed(
                        200, "the answer names %d ids for %d events".formatted(ids.size(), count), true, null, null);
    }

    private static List<Long> idsOf(byte[] body) {
        try {
            JsonNode data = JSON.readTree(body).path("data");
            if (data.path("ids").isArray()) {
                List<Long> ids = new ArrayList<>();
                data.path("ids").forEach(id -> ids.add(id.asLong()));
                return ids;
            }
            return data.has("first_id")
                    ? LongStream.rangeClosed(
                                    data.path("first_id").asLong(),
                                    data.path("last_id").asLong())
                            .boxed()
                            .toList()
                    : List.of();
        } catch (JacksonException e) {
            return List.of();
        }
    }

    /** What an answer says, or its beginning when it is not the service's. */
    static String message(byte[] body) {
        try {
            return Excerpt.of(JSON.readTree(body).path("message").asString());
        } catch (JacksonException e) {
            return Excerpt.of(
                    new String(body, StandardCharsets.UTF_8)); // of something in between, such as a load balancer
        }
    }

    static @Nullable Duration retryAfter(HttpHeaders headers) {
        try {
            return headers.firstValue("Retry-After")
                    .map(seconds -> Duration.ofSeconds(Math.clamp(Long.parseLong(seconds), 0, 3_600)))
                    .orElse(null);
        } catch (NumberFormatException e) {
            return null; // a date, which clocks may disagree on
        }
    }
}
