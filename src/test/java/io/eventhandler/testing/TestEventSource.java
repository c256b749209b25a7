package io.eventhandler.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of server-sent events that reads them as the HTML standard says (section 9.2.6). */
public final class TestEventSource implements AutoCloseable {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final HttpResponse<InputStream> response;
    private final List<Received> events = Collections.synchronizedList(new ArrayList<>());
    private volatile String lastEventId = "";
    private volatile int retryMillis;
    private volatile boolean ended;

    /** An event as a browser would dispatch it. */
    public record Received(String id, String type, String data) {}

    /**
     * @param lastEventId as a client sends it that reconnects, null for the first time
     */
    public TestEventSource(URI uri, @Nullable String lastEventId) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
            this.lastEventId = lastEventId;
        }
        try {
            this.response = HTTP.send(request.build(), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().start(this::read);
    }

    private void read() {
        try (var lines =
                new java.io.BufferedReader(new java.io.InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String type = "message";
            String id = lastEventId;
            var data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    lastEventId = id;
                    if (!data.isEmpty()) {
                        events.add(new Received(id, type, data.substring(0, data.length() - 1)));
                    }
                    type = "message";
                    data.setLength(0);
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("retry: ")) {
                    retryMillis = Integer.parseInt(line.substring(7));
                } else if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line, 6, line.length()).append('\n');
                }
            }
        } catch (IOException e) {
            // The stream was cut: what came before is kept.
        } finally {
            ended = true;
        }
    }

    /** The answer's status. */
    public int status() {
        return response.statusCode();
    }

    /** The answer's headers. */
    public HttpHeaders headers() {
        return response.headers();
    }

    /** A header of the answer. */
    public String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** What a client that reconnects would send. */
    public String lastEventId() {
        return lastEventId;
    }

    /** How long a client waits before it reconnects, as soon as it was told. */
    public int awaitRetryMillis() {
        org.awaitility.Awaitility.await().until(() -> retryMillis > 0);
        return retryMillis;
    }

    /** Whether the stream has ended. */
    public boolean ended() {
        return ended;
    }

    /** What was received so far. */
    public List<Received> received() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    /** The first {@code count} events, as soon as they are there. */
    public List<Received> await(int count) {
        org.awaitility.Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> events.size() >= count);
        return received();
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
