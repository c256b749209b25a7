package io.eventhandler.docs;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One of the documents that the service serves: its parts by JSON pointer, and what matches the schemas in it. */
final class ApiDocument {

    static final JsonMapper JSON = new JsonMapper();

    private static final String ADDRESS = "https://eventhandler.example/api.json";

    private final JsonNode root;
    private final SchemaRegistry schemas;

    private ApiDocument(JsonNode root, Dialect dialect) {
        this.root = root;
        this.schemas = registry(dialect, Map.of(ADDRESS, root.toString()));
    }

    static ApiDocument openApi() {
        return new ApiDocument(read("/docs/openapi.json"), Dialects.getOpenApi31());
    }

    static ApiDocument asyncApi() {
        return new ApiDocument(read("/docs/asyncapi.json"), Dialects.getDraft7());
    }

    /** A registry of these schemas, by their addresses, that takes {@code format} as binding. */
    static SchemaRegistry registry(Dialect dialect, Map<String, String> texts) {
        SchemaRegistryConfig config =
                SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
        return SchemaRegistry.withDefaultDialect(
                dialect, builder -> builder.schemas(texts).schemaRegistryConfig(config));
    }

    /** A resource, parsed. */
    static JsonNode read(String resource) {
        try (InputStream in = Objects.requireNonNull(ApiDocument.class.getResourceAsStream(resource), resource)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /** The part at this pointer, which exists, with the reference there followed to the end. */
    JsonNode at(String pointer) {
        return root.at(follow(pointer));
    }

    /** Where this pointer ends up when the reference there is followed. */
    String follow(String pointer) {
        JsonNode node = root.at(pointer);
        if (node.isMissingNode()) {
            throw new AssertionError("the document has nothing at " + pointer);
        }
        return node.isObject() && node.has("$ref")
                ? follow(node.get("$ref").stringValue().substring(1))
                : pointer;
    }

    /** How this value fails to match the schema at this pointer; empty when it matches. */
    List<String> faults(String schema, JsonNode value) {
        return schemas.getSchema(SchemaLocation.of(ADDRESS + "#" + schema)).validate(value).stream()
                .map(Error::toString)
                .toList();
    }

    /** The names of the members at this pointer. */
    List<String> names(String pointer) {
        return List.copyOf(at(pointer).propertyNames());
    }

    /** Shows each object of the document but for what is inside examples, with its pointer. */
    void walk(BiConsumer<String, JsonNode> visitor) {
        walk("", root, visitor);
    }

    private static void walk(String pointer, JsonNode node, BiConsumer<String, JsonNode> visitor) {
        if (node.isObject()) {
            visitor.accept(pointer, node);
        }
        List<String> keys = new ArrayList<>(node.propertyNames());
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            keys.add(String.valueOf(i));
        }
        for (String key : keys) {
            if (!key.equals("example") && !key.equals("examples")) {
                String child = "/" + escape(key);
                walk(pointer + child, node.at(child), visitor);
            }
        }
    }

    /** A name as a step of a JSON pointer. */
    static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
