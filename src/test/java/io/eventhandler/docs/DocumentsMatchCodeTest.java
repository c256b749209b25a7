package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.app.Settings;
import io.eventhandler.cloudevents.CloudEventAttributes;
import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The documents name what the code has, all of it and nothing else. */
class DocumentsMatchCodeTest {

    /** What concerns only those who run the service. */
    private static final Set<String> SETTINGS_OF_OPERATORS = Set.of(
            "AUTH",
            "ADMIN_KEY",
            "JWT_JWKS_URL",
            "JWT_PUBLIC_KEY_FILE",
            "JWT_SECRET",
            "JWT_ISSUER",
            "JWT_AUDIENCE",
            "DATABASE_URL",
            "DATABASE_LISTEN_URL",
            "DATABASE_POOL_SIZE",
            "DATABASE_START_TIMEOUT",
            "DATA_DIR",
            "HOST",
            "PORT",
            "MANAGEMENT_PORT",
            "TLS_CERT_FILE",
            "TLS_KEY_FILE",
            "KEEP_ALIVE",
            "NOTIFY_EVENTS",
            "MAX_SOCKETS",
            "MAX_ACCEPT_RATE",
            "TRUSTED_PROXIES",
            "RECENT_EVENTS",
            "RECENT_SIZE",
            "HEARTBEAT",
            "POLL_INTERVAL",
            "MAX_REPLAYS",
            "MIGRATE_AT_START",
            "DRAIN_DELAY",
            "DRAIN_WINDOW",
            "HISTORY_POOL_SIZE",
            "PAYLOAD_INDEX",
            "RETENTION_INTERVAL",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "LOG_LEVEL",
            "LOG_FORMAT");

    /** Headers that OpenAPI describes by other means, as the types of bodies and as security, or that proxies send. */
    private static final Set<String> HEADERS_OF_CONTENT =
            Set.of("content-type", "accept", "authorization", "sec-websocket-subprotocol", "x-forwarded-for");

    private static final ApiDocument OPEN_API = ApiDocument.openApi();
    private static final ApiDocument ASYNC_API = ApiDocument.asyncApi();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** What the pattern's first group finds in the sources of everything that answers requests. */
    private static Set<String> inSources(String pattern) {
        Set<String> found = new TreeSet<>();
        for (String part :
                List.of("eventlog", "web", "access", "publish", "history", "subscribe", "keys", "operations", "docs")) {
            try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/eventhandler", part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    var matcher = Pattern.compile(pattern).matcher(Files.readString(file));
                    while (matcher.find()) {
                        found.add(matcher.group(1));
                    }
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return found;
    }

    /** The names in a message such as "… known are a, b and c". */
    private static Set<String> listedAfter(String words, String message) {
        assertThat(message).contains(words);
        String list = message.substring(message.indexOf(words) + words.length());
        return new TreeSet<>(Arrays.asList(list.split(", | and | or ")));
    }

    @Test
    void everyRouteIsDocumented() {
        Set<String> documented = new TreeSet<>();
        for (String path : OPEN_API.names("/paths")) {
            for (String method : OPEN_API.names("/paths/" + ApiDocument.escape(path))) {
                documented.add(method.toUpperCase(Locale.ROOT) + " " + path);
            }
        }
        Set<String> routes = new TreeSet<>(replica.service().routes());
        assertThat(documented).isEqualTo(routes);

        Set<String> ofHandlers = inSources("String PATH = \"(/[^\"]*)\"");
        assertThat(ofHandlers).containsExactlyInAnyOrder("/publish", "/events/stream", "/ws");
        Set<String> channels = new HashSet<>();
        ASYNC_API
                .at("/channels")
                .forEach(channel -> channels.add(channel.get("address").stringValue()));
        assertThat(channels).isEqualTo(Set.of("/events/stream", "/ws"));
    }

    @Test
    void everyQueryParameterIsDocumented() {
        for (String path : OPEN_API.names("/paths")) {
            String pointer = "/paths/%s/get".formatted(ApiDocument.escape(path));
            if (OPEN_API.root().at(pointer).isMissingNode()) {
                continue;
            }
            Answer answer = replica.get(path.replace("{id}", "1") + "?nonsense=1");
            Set<String> known = answer.status() == 422 ? listedAfter("known are ", answer.message()) : Set.of();
            assertThat(parameters(pointer, "query")).as(path).isEqualTo(known);
        }
    }

    private static Set<String> parameters(String operation, String place) {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < OPEN_API.at(operation).path("parameters").size(); i++) {
            JsonNode parameter = OPEN_API.at("%s/parameters/%d".formatted(operation, i));
            if (parameter.get("in").stringValue().equals(place)) {
                names.add(parameter.get("name").stringValue());
            }
        }
        return names;
    }

    @Test
    void everyHeaderIsDocumented() {
        Set<String> documented = new TreeSet<>();
        OPEN_API.walk((pointer, node) -> {
            if (node.path("in").asString("").equals("header")) {
                documented.add(node.get("name").stringValue().toLowerCase(Locale.ROOT));
            }
            if (pointer.contains("/responses/") && pointer.endsWith("/headers")) {
                node.propertyNames().forEach(name -> documented.add(name.toLowerCase(Locale.ROOT)));
            }
        });
        documented.removeIf(name -> name.startsWith("ce-"));
        Set<String> inCode = new TreeSet<>();
        Stream.of(
                        "HttpHeader\\.([A-Z_]+)",
                        "\"([A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+)\"",
                        "header\\(\"([A-Za-z-]+)\"",
                        "HEADER = \"([A-Za-z-]+)\"")
                .flatMap(pattern -> inSources(pattern).stream())
                .forEach(name -> inCode.add(name.replace('_', '-').toLowerCase(Locale.ROOT)));
        inCode.removeAll(HEADERS_OF_CONTENT);
        assertThat(documented).isEqualTo(inCode);
    }

    @Test
    void everyMemberOfAnEventIsDocumented() {
        Answer answer = replica.post("{\"event_name\":\"a\",\"payload\":1,\"nonsense\":1}");
        assertThat(Set.copyOf(OPEN_API.names("/components/schemas/NewEvent/properties")))
                .isEqualTo(listedAfter("an event has ", answer.message()));
    }

    @Test
    void everyAttributeOfACloudEventIsDocumented() {
        Set<String> attributes = new TreeSet<>(OPEN_API.names("/components/schemas/NewCloudEvent/properties"));
        attributes.removeAll(Set.of("data", "data_base64"));
        assertThat(attributes).allMatch(CloudEventAttributes::isCore);
        Set<String> headers = new TreeSet<>();
        attributes.forEach(attribute -> headers.add("ce-" + attribute));
        headers.remove("ce-datacontenttype"); // which is the Content-Type
        Set<String> documented = parameters("/paths/~1publish/post", "header");
        documented.removeIf(name -> !name.startsWith("ce-"));
        assertThat(documented).isEqualTo(headers);
    }

    @Test
    void everyActionIsDocumented() {
        TestSubscriber subscriber = replica.connect();
        subscriber.send("{\"action\":\"nonsense\"}");
        Set<String> actions = new TreeSet<>();
        for (JsonNode message : ASYNC_API.at("/operations/takeCommands").get("messages")) {
            String pointer = message.get("$ref").stringValue().substring(1);
            actions.add(ASYNC_API
                    .at(ASYNC_API.follow(pointer) + "/payload")
                    .at("/properties/action/const")
                    .stringValue());
        }
        assertThat(actions)
                .isEqualTo(listedAfter(
                        "an action is ", subscriber.nextJson().get("message").stringValue()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"subscribe", "unsubscribe", "authenticate", "ping"})
    void everyMemberOfACommandIsDocumented(String action) {
        TestSubscriber subscriber = replica.connect();
        String name =
                Map.of("ping", "", "authenticate", ",\"token\":\"a\"").getOrDefault(action, ",\"event_name\":\"a\"");
        subscriber.send("{\"action\":\"%s\"%s,\"nonsense\":1}".formatted(action, name));
        String schema = action.substring(0, 1).toUpperCase(Locale.ROOT) + action.substring(1);
        assertThat(Set.copyOf(ASYNC_API.names("/components/schemas/%s/properties".formatted(schema))))
                .isEqualTo(listedAfter(
                        "known for %s are ".formatted(action),
                        subscriber.nextJson().get("message").stringValue()));
    }

    @Test
    void everySettingThatClientsMeetIsDocumentedWithItsDefault() {
        String texts = OPEN_API.root().toString() + ASYNC_API.root();
        var reader = new SettingsReader(Environment.of(Map.of()));
        Settings.read(reader);
        Set<String> wanted = new TreeSet<>();
        var setting =
                Pattern.compile("(?m)^  ([A-Z_]+) +(.+)\\R +default: (.+)$").matcher(reader.help());
        while (setting.find()) {
            String name = setting.group(1);
            String byDefault = setting.group(3).replaceFirst(":.*", "");
            if (!SETTINGS_OF_OPERATORS.contains(name)) {
                wanted.add(name);
                assertThat(texts).containsPattern("`%s`[ ,(]+%s\\b".formatted(name, Pattern.quote(byDefault)));
            }
        }
        Set<String> documented = new TreeSet<>();
        var mentioned = Pattern.compile("`([A-Z]{3,}(?:_[A-Z]+)*)`").matcher(texts);
        while (mentioned.find()) {
            documented.add(mentioned.group(1));
        }
        assertThat(documented).isEqualTo(wanted);
    }
}
