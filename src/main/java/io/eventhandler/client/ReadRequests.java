package io.eventhandler.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks for something that is then read at the reader's pace. Thread-safe. */
final class ReadRequests {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http;
    private final Supplier<@Nullable String> token;

    /** An answer whose body the caller reads and closes. */
    record Answer(int status, HttpHeaders headers, AnswerBody body) implements AutoCloseable {

        @Nullable
        String header(String name) {
            return headers.firstValue(name).orElse(null);
        }

        @Override
        public void close() {
            body.close();
        }
    }

    ReadRequests(HttpClient http, Supplier<@Nullable String> token) {
        this.http = http;
        this.token = token;
    }

    /**
     * One try.
     *
     * @throws IOException whose message says why there is no answer
     * @throws HistoryException when the token can't be sent
     */
    Answer get(String baseUrl, String path, String accept) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<AnswerBody>> answer =
                http.sendAsync(request(baseUrl, path, accept), response -> new AnswerBody());
        try {
            HttpResponse<AnswerBody> response = answer.get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (ExecutionException e) {
            boolean reached =
                    !(e.getCause() instanceof ConnectException || e.getCause() instanceof HttpConnectTimeoutException);
            throw new IOException(reached ? "no answer from " + baseUrl : baseUrl + " can't be reached", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no answer from %s within %d s".formatted(baseUrl, ANSWER_TIMEOUT.toSeconds()), e);
        } finally {
            answer.cancel(true);
        }
    }

    private HttpRequest request(String baseUrl, String path, String accept) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(baseUrl + path)).header("Accept", accept);
        String credential = token.get();
        if (credential != null) {
            try {
                request.header("Authorization", "Bearer " + credential);
            } catch (IllegalArgumentException e) { // without its message, which repeats the token
                throw new HistoryException(
                        0, "the token can't be sent: it must be printable ASCII without spaces", null);
            }
        }
        return request.build();
    }
}
