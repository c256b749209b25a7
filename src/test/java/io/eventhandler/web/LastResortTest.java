package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.access.Access;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.RawHttp.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a handler throws, wherever it runs, its client gets a 500 in the envelope and nothing of what it was. */
@ResourceLock("what the server logs of faults")
class LastResortTest {

    private static final String SECRET = "the password is 1234";

    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

    private static WebServer server;

    @BeforeAll
    static void start() {
        server = new WebServer(
                new WebServer.Options("127.0.0.1", 0, Duration.ofSeconds(10), Duration.ofMinutes(1)),
                new ActivityLog(),
                Access.OPEN,
                new Origins(Set.of()),
                new SelectorExecutor(),
                THREADS,
                List.of(LastResortTest::register));
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
        THREADS.close();
    }

    private static void register(Routes routes) {
        routes.get("/blocking/exception", context -> {
            throw new IllegalStateException(SECRET);
        });
        routes.get("/blocking/error", context -> {
            throw new StackOverflowError(SECRET);
        });
        routes.get("/blocking/refused", context -> {
            throw new ApiException(418, "x".repeat(10_000));
        });
        routes.direct(HttpMethod.GET, "/direct/exception", (request, response, callback) -> {
            throw new IllegalStateException(SECRET);
        });
        routes.direct(HttpMethod.GET, "/direct/checked", (request, response, callback) -> {
            throw new Exception(SECRET);
        });
        routes.direct(HttpMethod.GET, "/direct/error", (request, response, callback) -> {
            throw new StackOverflowError(SECRET);
        });
        routes.direct(HttpMethod.GET, "/direct/refused", (request, response, callback) -> {
            throw new ApiException(418, "x".repeat(10_000));
        });
        routes.direct(HttpMethod.GET, "/direct/later", (request, response, callback) -> {
            THREADS.execute(() -> callback.failed(new IllegalStateException(SECRET)));
            return true;
        });
        routes.direct(HttpMethod.GET, "/direct/later/error", (request, response, callback) -> {
            THREADS.execute(
                    () -> Response.writeError(request, response, callback, new IllegalArgumentException(SECRET)));
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /blocking/exception",
                "GET /blocking/error",
                "GET /direct/exception",
                "GET /direct/checked",
                "GET /direct/error",
                "GET /direct/later",
                "GET /direct/later/error"
            })
    void aFaultOfTheServiceIsNotShown(String request) {
        Answer answer = RawHttp.send(
                server.port(),
                request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.headers()).containsEntry("Content-Type", "application/json");
        assertThat(answer.body()).isEqualTo("""
                {"status":"error","message":"internal error, see the service's log","data":null}""");
    }

    @Test
    void anErrorIsAnsweredAlikeWhereverItIsThrownAndIsNeverLong() {
        Answer blocking = RawHttp.request(server.port(), "GET /blocking/refused HTTP/1.1");
        Answer direct = RawHttp.request(server.port(), "GET /direct/refused HTTP/1.1");
        assertThat(blocking.status()).isEqualTo(418);
        assertThat(direct.status()).isEqualTo(418);
        assertThat(blocking.body()).isEqualTo(direct.body());
        assertThat(direct.message()).hasSize(500);
    }
}
