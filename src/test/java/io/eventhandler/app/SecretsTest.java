package io.eventhandler.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.testing.OtlpCollector;
import io.eventhandler.testing.RawHttp;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestIssuer;
import io.eventhandler.testing.TestSubscriber;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Secrets in every place where an operator or a client can put one: nothing that the service says shows any. */
class SecretsTest {

    /** Begins every secret that is planted, so that a part of it is found too. */
    private static final String MARK = "Hush";

    /** The same in base64, where it begins one. */
    private static final String ENCODED_MARK = "SHVz";

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4801";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private final List<String> minted = new ArrayList<>(); // secrets that the test can't choose
    private final List<Told> told = new ArrayList<>(); // to clients
    private final String admin = plant("admin");
    private final String jwtSecret = plant("jwt");
    private int port;

    private record Told(String asked, String answer) {}

    private static String plant(String place) {
        return "%s-%s-%s".formatted(MARK, place, UUID.randomUUID());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    /** A token that is as secret as a planted one. */
    private String mint(String token) {
        minted.add(token.substring(token.length() - 40, token.length() - 20));
        minted.add(token.substring(token.length() - 20));
        return token;
    }

    private void assertShowsNothing(String where, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int mark = Math.max(lower.indexOf(MARK.toLowerCase(Locale.ROOT)), text.indexOf(ENCODED_MARK));
        for (String secret : minted) {
            mark = Math.max(mark, text.indexOf(secret));
        }
        assertThat(mark < 0 ? "" : text.substring(Math.max(0, mark - 300), Math.min(text.length(), mark + 80)))
                .as("what %s shows of a secret", where)
                .isEmpty();
    }

    private RawHttp.Answer ask(String... lines) {
        return ask(String.join("\r\n", lines) + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    private RawHttp.Answer ask(String text) {
        RawHttp.Answer answer = RawHttp.send(port, text);
        told.add(new Told(text, answer.toString()));
        return answer;
    }

    private RawHttp.Answer post(String path, String credential, String body, String... headers) {
        return ask(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(
                                path,
                                credential,
                                headers.length == 0 ? "Content-Type: application/json" : String.join("\r\n", headers),
                                body.getBytes(UTF_8).length,
                                body));
    }

    private Map<String, String> settings(TestDatabase database, OtlpCollector collector) {
        String user = "user_" + UUID.randomUUID().toString().replace('-', '_');
        String password = plant("database");
        database.execute("CREATE ROLE %s SUPERUSER LOGIN PASSWORD '%s'".formatted(user, password));
        String url = "postgresql://%s:%s@%s/%s?sslmode=disable"
                .formatted(
                        user,
                        password,
                        database.url().hosts().getFirst(),
                        database.url().database());
        Map<String, String> settings = new HashMap<>();
        settings.put("DATABASE_URL", url);
        settings.put("DATABASE_LISTEN_URL", url + "&sslpassword=" + plant("sslpassword"));
        settings.put("HOST", "127.0.0.1");
        settings.put("AUTH", "required");
        settings.put("ADMIN_KEY", admin);
        settings.put("JWT_SECRET", jwtSecret);
        settings.put("JWT_ISSUER", TestIssuer.ISSUER);
        settings.put("JWT_AUDIENCE", TestIssuer.AUDIENCE);
        settings.put("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
        settings.put("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20" + plant("otel"));
        settings.put("OTEL_BSP_SCHEDULE_DELAY", "50");
        settings.put("MAX_EVENT_SIZE", "1KiB");
        settings.put("LOG_LEVEL", "trace");
        settings.put("EVENT_HANDLER_TOKEN", plant("client"));
        return settings;
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "text"})
    void nothingThatIsSaidShowsASecret(String format) throws Exception {
        TestDatabase database = TestDatabase.create();
        try (OtlpCollector collector = OtlpCollector.start()) {
            Map<String, String> settings = settings(database, collector);
            settings.put("LOG_FORMAT", format);
            String jwt = mint(TestIssuer.token(
                    jwtSecret,
                    TestIssuer.claims("[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"a.*\"]}]", "")));
            try (ServiceProcess process = ServiceProcess.launch(directory, settings)) {
                port = process.awaitReady().getPort();
                String key = createKey();
                for (String token : List.of(admin, key, jwt)) {
                    requests(bearer(token));
                    sockets(token);
                }
                refusals(key, jwt);
                tickets();
                if (format.equals("json")) { // commands are processes, which take their time
                    keyCommands(settings);
                }
                brokenDatabase(database);
                for (String path : List.of("/metrics", "/health/live", "/health/ready", "/openapi.json", "/keys")) {
                    assertThat(ask("GET " + path + " HTTP/1.1", bearer(admin)).status())
                            .isEqualTo(200);
                }
                await().until(() -> collector.spans(TRACE).size() > 3);
                process.terminate();
                String output = process.output();
                assertThat(output).contains("stopped", "refused");
                assertShowsNothing("the log", output);
            }
            told.forEach(one -> assertShowsNothing("the answer to " + one.asked(), one.answer()));
            collector.spans(TRACE).forEach(span -> assertShowsNothing("a trace", span.toString()));
            assertShowsNothing("the database", String.join("\n", database.query("SELECT k::text FROM api_keys k")));
            var reader = new SettingsReader(Environment.of(settings));
            assertShowsNothing("Settings", Settings.read(reader).toString());
        }
    }

    /** Asks for a key; its answer alone may show it. */
    private String createKey() {
        String body =
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"a.*\"]}]}";
        RawHttp.Answer answer = post("/keys", bearer(admin), body);
        assertThat(answer.status()).isEqualTo(201);
        told.removeLast();
        return mint(new JsonMapper()
                .readTree(answer.body().substring(answer.body().indexOf('{')))
                .get("data")
                .get("key")
                .stringValue());
    }

    /** What is allowed, and what is at fault but for its credential. */
    private void requests(String credential) {
        String traced = "traceparent: 00-%s-00f067aa0ba902b7-01".formatted(TRACE);
        String event = "{\"event_name\":\"a.b\",\"payload\":1}";
        String json = "Content-Type: application/json";
        assertThat(post("/publish", credential, event, json, traced).status()).isEqualTo(200);
        assertThat(post("/publish", credential, "{", json, traced).status()).isEqualTo(400);
        assertThat(post("/publish", credential, "[" + " ".repeat(5_000_000), json, traced)
                        .status())
                .isEqualTo(413);
        assertThat(post("/publish", credential, event, "Content-Type: text/plain", traced)
                        .status())
                .isEqualTo(415);
        assertThat(post("/publish", credential, "{}", json, traced).status()).isEqualTo(422);
        assertThat(post("/publish", credential, event.replace("a.b", "eventhandler.x"), json, traced)
                        .status())
                .isEqualTo(403);
        assertThat(ask("GET /events HTTP/1.1", credential).status()).isEqualTo(200);
        assertThat(ask("GET /events HTTP/1.1", credential, "Accept: application/x-ndjson")
                        .status())
                .isEqualTo(200);
        assertThat(ask("GET /events?limit=x HTTP/1.1", credential).status()).isEqualTo(422);
        assertThat(ask("GET /events/999999 HTTP/1.1", credential).status()).isEqualTo(404);
        assertThat(ask("HEAD /events/stream HTTP/1.1", credential).status()).isEqualTo(200);
        assertThat(ask("GET /nowhere HTTP/1.1", credential).status()).isEqualTo(404);
        assertThat(ask("PUT /publish HTTP/1.1", credential).status()).isEqualTo(405);
        assertThat(ask("GET /ws HTTP/1.1", credential).status()).isEqualTo(426);
        assertThat(ask("GET /events HTTP/1.1", credential, "Cookie: x=" + "y".repeat(20_000))
                        .status())
                .isEqualTo(431);
        assertThat(ask("GET /events HTTP/1.1", credential, bearer(plant("second")))
                        .status())
                .isEqualTo(400);
        ask("GET /metrics HTTP/1.1", credential);
        ask("GET /docs HTTP/1.1", credential);
        ask("OPTIONS /publish HTTP/1.1", credential, "Origin: https://elsewhere.example");
        ask("GET /events HTTP/1.1", credential, "Origin: https://elsewhere.example");
        post("/keys", credential, "{\"name\":\"a\",\"grants\":[{\"actions\":[\"fly\"]}]}");
        ask("DELETE /keys/0123456789abcdef HTTP/1.1", credential);
    }

    private TestSubscriber connect(@Nullable String token, String... subprotocols) {
        return TestSubscriber.connect(HTTP, URI.create("ws://127.0.0.1:%d/ws".formatted(port)), token, subprotocols);
    }

    private void sockets(String token) {
        try (TestSubscriber socket = connect(token);
                TestSubscriber byProtocol = connect(null, "eventhandler", "eventhandler.bearer." + base64(token))) {
            assertThat(byProtocol.socket().getSubprotocol()).isEqualTo("eventhandler");
            String secret = plant("command");
            for (String command : List.of(
                    "{\"action\":\"subscribe\",\"event_name\":\"a.*\",\"metadata\":true}",
                    "{\"action\":\"authenticate\",\"token\":\"" + token + "\"}",
                    "{\"action\":\"authenticate\",\"token\":\"" + secret + "\"}",
                    "{\"action\":\"authenticate\",\"token\":\"eh_0123456789abcdef_" + (secret + secret).substring(0, 43)
                            + "\"}",
                    "{\"action\":\"authenticate\",\"token\":\"" + secret.repeat(300) + "\"}",
                    "{\"action\":\"authenticate\",\"token\":{\"x\":\"" + secret + "\"}}",
                    "{\"action\":\"authenticate\",\"token\":[\"" + secret + "\"]}",
                    "{\"action\":\"authenticate\",\"tokn\":\"" + secret + "\"}",
                    "{\"action\":\"authenticate\",\"token\":\"" + secret,
                    "{\"action\":\"authenticate\",\"token\":" + secret + "}",
                    "{\"action\":\"authenticate\",\"token\":\"" + secret + "\" \"" + secret + "\"}",
                    "{\"action\":\"authenticate\",\"token\":\"" + secret + "\\x\"}",
                    "{\"action\":\"authenticate\",\"token\":\"a\",\"token\":\"" + secret + "\"}",
                    "{\"action\":\"ping\",\"token\":\"" + secret + "\"}")) {
                socket.send(command);
            }
            socket.send("{\"action\":\"ping\"}");
            String last = socket.next();
            while (!last.contains("pong")) {
                told.add(new Told("/ws", last));
                last = socket.next();
            }
        }
    }

    /** Credentials that are none, in every place. */
    private void refusals(String key, String jwt) {
        List<String> credentials = new ArrayList<>(List.of(
                bearer(plant("unknown")),
                bearer("eh_0123456789abcdef_" + plant("shaped").substring(0, 43)),
                bearer(key.substring(0, key.length() - 1)),
                bearer(plant("a") + " " + plant("b")),
                bearer(plant("long").repeat(100)),
                bearer(plant("longer").repeat(300)),
                bearer(plant("control") + "\u0001"),
                bearer(plant("tab") + "\t" + plant("tab")),
                bearer(plant("unicode") + "\u00e4"),
                bearer("\r\n " + plant("folded")),
                bearer(plant("once")) + "\r\n" + bearer(plant("twice")),
                bearer("\"" + plant("quoted")),
                "Authorization : Bearer " + plant("space"),
                "Authorization Bearer " + plant("colon"),
                "Authorization: " + plant("bare"),
                "Authorization: Basic " + base64("ab:" + plant("basic")),
                "Authorization: Digest username=\"a\", response=\"" + plant("digest") + "\"",
                "Proxy-Authorization: Basic " + base64("ab:" + plant("proxy")),
                "Cookie: session=" + plant("cookie"),
                "X-Api-Key: " + plant("header"),
                "Sec-WebSocket-Protocol: eventhandler.bearer." + base64(plant("subprotocol")),
                "Sec-WebSocket-Protocol: eventhandler, eventhandler.bearer." + plant("raw"),
                "Sec-WebSocket-Protocol: eventhandler.bearer." + base64(plant("broken")) + "*",
                "Sec-WebSocket-Protocol: \"eventhandler.bearer." + base64(plant("open"))));
        String claims = TestIssuer.claims("[]", "");
        for (String token : List.of(
                TestIssuer.token("another-secret-of-32-bytes-012345", claims),
                TestIssuer.token(jwtSecret, TestIssuer.claims(Instant.now().minusSeconds(999), "[]", "")),
                TestIssuer.token(jwtSecret, claims.replace("\"grants\":[]", "\"grants\":5")),
                TestIssuer.token(jwtSecret, "[]" + " ".repeat(60)),
                "e30." + base64(" ".repeat(60)) + "." + base64(plant("signature")))) {
            credentials.add(bearer(mint(token)));
        }
        ask("DELETE /keys/" + key.substring(3, 19) + " HTTP/1.1", bearer(admin));
        credentials.add(bearer(key));
        for (String target :
                List.of("DELETE /keys/", "GET /keys/", "GET /events/", "GET /events?event_name=", "GET /")) {
            ask(target + key + " HTTP/1.1", bearer(admin));
            ask(target + "x".repeat(150) + key + " HTTP/1.1", bearer(admin));
            ask(target + "%zz" + key + " HTTP/1.1", bearer(admin));
        }
        for (String credential : credentials) {
            for (String target : List.of(
                    "GET /events",
                    "GET /events/1",
                    "GET /events/stream",
                    "GET /ws",
                    "GET /keys",
                    "DELETE /keys/0123456789abcdef",
                    "GET /metrics",
                    "GET /health/ready",
                    "PUT /publish",
                    "GET /nowhere",
                    "BREW /events")) {
                ask(target + " HTTP/1.1", credential);
            }
            post("/publish", credential, "{\"event_name\":\"a\",\"payload\":1}");
        }
        for (String path : List.of("/events", "/events/1", "/events/stream", "/ws", "/metrics", "/nowhere")) {
            for (String name : List.of(
                    "access_token",
                    "Token",
                    "token",
                    "api_key",
                    "a=b&token",
                    "key",
                    "jwt",
                    "ticket",
                    "ticket=a&ticket")) {
                for (String credential : List.of("X-None: 1", bearer(admin), bearer(jwt))) {
                    ask("GET %s?%s=%s HTTP/1.1".formatted(path, name, plant("query")), credential);
                }
                ask("GET %s?%s=%%zz%s HTTP/1.1".formatted(path, name, plant("undecodable")), "X-None: 1");
            }
            ask("GET http://ab:%s@localhost%s HTTP/1.1".formatted(plant("userinfo"), path), "X-None: 1");
            ask("GET %s HTTP/1.1".formatted(path), "Host: ab:" + plant("host"), "X-None: 1");
            ask("GET %s HTTP/9.%s".formatted(path, plant("version")), "X-None: 1");
        }
        for (String offered : List.of(base64(plant("socket")), plant("socket"))) {
            try {
                connect(null, "eventhandler.bearer." + offered).close();
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(WebSocketHandshakeException.class);
            }
        }
    }

    /** Each opens one connection, and is known no more then. */
    private void tickets() {
        for (String path : List.of("/events/stream", "/ws", "/events")) {
            RawHttp.Answer answer = post("/tickets", bearer(admin), "");
            assertThat(answer.status()).isIn(200, 201);
            told.removeLast();
            Matcher ticket = Pattern.compile("\"ticket\":\"([^\"]{20,})\"").matcher(answer.body());
            assertThat(ticket.find()).isTrue();
            minted.add(ticket.group(1).substring(0, 20));
            for (int n = 0; n < 2; n++) {
                ask("HEAD %s?ticket=%s HTTP/1.1".formatted(path, ticket.group(1)), "X-None: 1");
            }
        }
    }

    private void keyCommands(Map<String, String> settings) throws Exception {
        try (ServiceProcess creating = ServiceProcess.launch(
                directory, settings, "keys", "create", "{\"name\":\"b\",\"grants\":[{\"actions\":[\"admin\"]}]}")) {
            String output = creating.output();
            Matcher key = Pattern.compile("eh_[0-9a-f]{16}_[\\w-]{43}").matcher(output);
            assertThat(key.find()).as(output).isTrue();
            assertShowsNothing("the command keys create", output.replace(mint(key.group()), ""));
            requests(bearer(key.group()));
            assertEnds(0, settings, "keys", "list");
            assertEnds(0, settings, "keys", "delete", key.group().substring(3, 19));
            assertEnds(1, settings, "keys", "delete", key.group());
        }
        assertEnds(2, settings, "keys", "create", "{\"name\":" + plant("unquoted"));
    }

    /** Faults that only an operator may see the reason of. */
    private void brokenDatabase(TestDatabase database) {
        database.execute("ALTER TABLE api_keys RENAME TO gone");
        try {
            String token = "eh_0123456789abcdef_" + plant("lost").substring(0, 43);
            assertThat(ask("GET /events HTTP/1.1", bearer(token)).status()).isGreaterThanOrEqualTo(500);
            ask("GET /keys HTTP/1.1", bearer(admin));
            post("/keys", bearer(admin), "{\"name\":\"a\",\"grants\":[]}");
        } finally {
            database.execute("ALTER TABLE gone RENAME TO api_keys");
        }
    }

    private void assertEnds(int status, Map<String, String> settings, String... arguments) throws Exception {
        try (ServiceProcess process = ServiceProcess.launch(directory, settings, arguments)) {
            String output = process.output();
            assertThat(process.awaitEnd()).as(output).isEqualTo(status);
            assertShowsNothing("the end with status " + status, output);
        }
    }

    @Test
    void noFaultOfASettingShowsASecret() throws Exception {
        Path pem = Files.writeString(
                directory.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n".formatted(base64(plant("pem"))));
        Files.writeString(
                directory.resolve(".env"),
                "A='%s\nB C=%s\nD=\"%s\" %s\nE=${F:?%s}\n%s\n"
                        .formatted(plant("a"), plant("b"), plant("c"), plant("d"), plant("e"), plant("f")));
        var faults = new TreeSet<String>();
        for (String url : List.of(
                "postgresql://me:%s@host:x/db",
                "postgresql://me:%s/@host/db",
                "postgresql://me:%s?@host/db",
                "postgresql://me:%%zz%s@host/db",
                "mysql://me:%s@host/db",
                "%s",
                "%s://host/db",
                "host=h user=me password=%s",
                "host=h password=%s options=x://",
                "postgresql://h/d?user=me&password=%s&sslmode=x",
                "postgresql://h/d?sslmode=verify-full&sslpassword=%s&sslkey=/nowhere")) {
            faults.add(url.formatted(plant("url")));
        }
        for (String url : faults) {
            var reader = new SettingsReader(Environment.of(Map.of("DATABASE_URL", url, "DATABASE_LISTEN_URL", url)));
            String said = Settings.read(reader).toString();
            try {
                reader.check();
            } catch (io.eventhandler.service.InvalidSettingsException e) {
                said += e.getMessage();
            }
            assertShowsNothing("a wrong DATABASE_URL", said);
        }
        assertEnds(
                2,
                Map.of(
                        "DATABASE_URL", "postgresql://me:%s@host:x/db".formatted(plant("url")),
                        "DATABASE_LISTEN_URL", plant("listen"),
                        "AUTH", "required",
                        "ADMIN_KEY", "Hush",
                        "JWT_SECRET", "Hush",
                        "JWT_JWKS_URL", "https://me:%s@host/".formatted(plant("jwks")),
                        "JWT_PUBLIC_KEY_FILE", pem.toString(),
                        "TLS_CERT_FILE", pem.toString(),
                        "TLS_KEY_FILE", pem.toString()));
        Files.delete(directory.resolve(".env"));
        assertEnds(
                1,
                Map.of(
                        "DATABASE_URL", "postgresql://me:%s@127.0.0.1:1/d".formatted(plant("away")),
                        "DATABASE_START_TIMEOUT", "1s",
                        "LOG_LEVEL", "trace",
                        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1",
                        "OTEL_EXPORTER_OTLP_HEADERS", plant("otel") + " " + plant("otel")));
        String stranger = "postgresql://nobody:%s@%s/postgres"
                .formatted(
                        plant("stranger"), TestDatabase.create().url().hosts().getFirst());
        assertEnds(1, Map.of("DATABASE_URL", stranger, "DATABASE_START_TIMEOUT", "1s", "LOG_LEVEL", "trace"));
        assertEnds(1, Map.of("DATABASE_URL", stranger, "DATABASE_START_TIMEOUT", "1s"), "migrate");
        assertEnds(1, Map.of("EVENT_HANDLER_TOKEN", plant("client")), "check", "http://127.0.0.1:1");
        assertEnds(0, Map.of("ADMIN_KEY", plant("admin"), "DATABASE_URL", stranger), "--help");
    }

    @Test
    void theCommandCheckShowsNoToken() throws Exception {
        try (OtlpCollector collector = OtlpCollector.start()) {
            Map<String, String> settings = settings(TestDatabase.create(), collector);
            try (ServiceProcess process = ServiceProcess.launch(directory, settings)) {
                String address = process.awaitReady().toString();
                assertEnds(1, Map.of("EVENT_HANDLER_TOKEN", plant("stranger")), "check", address);
                assertEnds(2, Map.of("EVENT_HANDLER_TOKEN", plant("two") + "\n" + plant("lines")), "check", address);
                assertEnds(0, Map.of("EVENT_HANDLER_TOKEN", admin), "check", address);
            }
        }
    }
}
