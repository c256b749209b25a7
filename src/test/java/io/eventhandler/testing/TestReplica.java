package io.eventhandler.testing;

import io.eventhandler.app.EventHandler;
import io.eventhandler.app.Settings;
import io.eventhandler.service.Environment;
import io.eventhandler.service.InvalidSettingsException;
import io.eventhandler.service.SettingsReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole replica in this process, on a port of its own. */
public final class TestReplica implements AutoCloseable {

    /** What opens everything where {@link #startGuarded} has been called. */
    public static final String ADMIN_KEY = "an-admin-key-of-32-characters-0123456789";

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final EventHandler service;
    private final @Nullable String token;

    private TestReplica(EventHandler service, @Nullable String token) {
        this.service = service;
        this.token = token;
    }

    /** The same replica, asked with this token; null for none. */
    public TestReplica as(@Nullable String other) {
        return new TestReplica(service, other);
    }

    /**
     * Whether replicas run as a role that doesn't own the log: {@code mvn test -Dtest.running.role=true}. What only its
     * owner can do, such as PAYLOAD_INDEX, then fails.
     */
    private static final boolean HAS_RUNNING_ROLE = Boolean.getBoolean("test.running.role");

    /** Starts a replica on this database, with its defaults but for these pairs of name and value. */
    public static TestReplica start(TestDatabase database, String... settings) {
        if (!HAS_RUNNING_ROLE) {
            return start(database.urlText(), settings);
        }
        return start(database.withRunningRole().service().urlText(), before(settings, "MIGRATE_AT_START", "false"));
    }

    /** Starts a replica in the same way that asks for a credential, such as {@link #ADMIN_KEY}. */
    public static TestReplica startGuarded(TestDatabase database, String... settings) {
        return start(database, before(settings, "AUTH", "required", "ADMIN_KEY", ADMIN_KEY));
    }

    private static String[] before(String[] settings, String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(settings));
        return all.toArray(String[]::new);
    }

    /** Starts a replica on this DATABASE_URL, with its defaults but for these pairs of name and value. */
    public static TestReplica start(String databaseUrl, String... settings) {
        Map<String, String> variables = new HashMap<>();
        variables.put("DATABASE_URL", databaseUrl);
        variables.put("HOST", "127.0.0.1");
        variables.put("PORT", "0");
        variables.put("AUTH", "none");
        for (int i = 0; i < settings.length; i += 2) {
            variables.put(settings[i], settings[i + 1]);
        }
        var reader = new SettingsReader(Environment.of(variables));
        Settings read = Settings.read(reader);
        read.checkServing(reader);
        try {
            reader.check();
        } catch (InvalidSettingsException e) {
            throw new IllegalArgumentException(e);
        }
        var service = new EventHandler(read);
        service.start();
        return new TestReplica(service, null);
    }

    /** The service itself. */
    public EventHandler service() {
        return service;
    }

    /** An answer: its status, headers and body. */
    public record Answer(HttpResponse<String> response) {

        public int status() {
            return response.statusCode();
        }

        public String body() {
            return response.body();
        }

        public JsonNode json() {
            return JSON.readTree(response.body());
        }

        public String message() {
            return json().get("message").stringValue();
        }

        public long eventId() {
            return response.headers().firstValueAsLong("Event-Id").orElseThrow();
        }

        /** The path and query that the header {@code Link} leads to from here; empty when there is no next page. */
        public String nextPage() {
            var link = Pattern.compile("<(.*)>; rel=\"next\"").matcher(header("Link"));
            if (!link.matches()) {
                return "";
            }
            URI next = response.uri().resolve(link.group(1));
            return next.getRawPath() + "?" + next.getRawQuery();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** The address of a path. */
    public URI uri(String path) {
        return URI.create("http://127.0.0.1:%d%s".formatted(service.port(), path));
    }

    /** The address of a path on the management port. */
    public URI managementUri(String path) {
        return URI.create("http://127.0.0.1:%d%s".formatted(service.managementPort(), path));
    }

    /** Publishes an event with this payload, which is JSON. */
    public Answer publish(String name, String payload) {
        return post("{\"event_name\":\"%s\",\"payload\":%s}".formatted(name, payload));
    }

    /** POSTs this body to /publish. */
    public Answer post(String body) {
        return post("/publish", body, "application/json");
    }

    /** POSTs this body to a path. */
    public Answer post(String path, String body, String contentType) {
        return send(request(path).header("Content-Type", contentType).POST(BodyPublishers.ofString(body)));
    }

    /** A request to a path, with the token. */
    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    /** DELETEs a path. */
    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    /** POSTs this body to /publish, with this Idempotency-Key. */
    public Answer post(String body, String idempotencyKey) {
        return send(request("/publish")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", idempotencyKey)
                .POST(BodyPublishers.ofString(body)));
    }

    /** GETs a path. */
    public Answer get(String path) {
        return send(request(path));
    }

    /** Sends any request. */
    public static Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(HTTP.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Connects a WebSocket client that offers these subprotocols. */
    public TestSubscriber connect(String... subprotocols) {
        return TestSubscriber.connect(HTTP, service.port(), token, "", subprotocols);
    }

    /** Connects a WebSocket client with this query. */
    public TestSubscriber connectWith(String query) {
        return TestSubscriber.connect(HTTP, service.port(), token, query);
    }

    /** Connects a WebSocket client and subscribes to these names; returns when the subscriptions are in force. */
    public TestSubscriber subscribe(String... names) {
        TestSubscriber subscriber = connect();
        for (String name : names) {
            subscriber.send("{\"action\":\"subscribe\",\"event_name\":\"%s\"}".formatted(name));
        }
        subscriber.awaitPong();
        return subscriber;
    }

    @Override
    public void close() {
        service.stop();
    }
}
