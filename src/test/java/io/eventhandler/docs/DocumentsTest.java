package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.dialect.Dialects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The documents by themselves: valid by the formats' official schemas, whole, and true to their own schemas. */
class DocumentsTest {

    private static final String OAS = "https://spec.openapis.org/oas/3.1/";

    private static final Case OPEN_API = new Case("openapi", ApiDocument.openApi(), openApiSchema());
    private static final Case ASYNC_API = new Case("asyncapi", ApiDocument.asyncApi(), asyncApiSchema());

    /**
     * One of the documents.
     *
     * @param format what the format's authors say that such a document is
     */
    record Case(String name, ApiDocument document, Schema format) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> documents() {
        return List.of(OPEN_API, ASYNC_API);
    }

    private static Schema openApiSchema() {
        Map<String, String> texts = new HashMap<>();
        for (String name : List.of("schema-base", "schema", "dialect/base", "meta/base")) {
            texts.put(
                    OAS + name,
                    ApiDocument.read("/schemas/openapi-3.1/%s.json".formatted(name.replace('/', '-')))
                            .toString());
        }
        return ApiDocument.registry(Dialects.getDraft202012(), texts).getSchema(SchemaLocation.of(OAS + "schema-base"));
    }

    private static Schema asyncApiSchema() {
        JsonNode schema = ApiDocument.read("/schemas/asyncapi-3.0/asyncapi.json");
        String id = schema.get("$id").stringValue();
        return ApiDocument.registry(Dialects.getDraft7(), Map.of(id, schema.toString()))
                .getSchema(SchemaLocation.of(id));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void isValidByItsFormatsOfficialSchema(Case documented) {
        assertThat(documented.format.validate(documented.document.root())).isEmpty();
    }

    @Test
    void theOfficialSchemasFindWhatIsWrong() {
        assertThat(broken(OPEN_API, "/paths/~1events/get/responses/200", "headers"))
                .isNotEmpty();
        assertThat(broken(OPEN_API, "/components/schemas/Id", "type")).isNotEmpty();
        assertThat(broken(ASYNC_API, "/operations/deliver", "action")).isNotEmpty();
        assertThat(broken(ASYNC_API, "/components/schemas/Id", "minimum")).isNotEmpty();
    }

    private static List<?> broken(Case documented, String pointer, String member) {
        JsonNode copy = documented.document.root().deepCopy();
        ((ObjectNode) copy.at(pointer)).put(member, "broken");
        return documented.format.validate(copy);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyReferenceLeadsSomewhereAndEveryComponentIsUsed(Case documented) {
        Set<String> used = new TreeSet<>();
        documented.document.walk((pointer, node) -> {
            if (node.has("$ref")) {
                used.add(node.get("$ref").stringValue().substring(1));
                documented.document.follow(pointer);
            }
        });
        documented
                .document
                .root()
                .path("security")
                .forEach(scheme ->
                        scheme.propertyNames().forEach(name -> used.add("/components/securitySchemes/" + name)));
        Set<String> components = new TreeSet<>();
        for (String kind : documented.document.names("/components")) {
            for (String component : documented.document.names("/components/" + kind)) {
                components.add("/components/%s/%s".formatted(kind, component));
            }
        }
        used.removeIf(pointer -> !pointer.startsWith("/components/"));
        assertThat(used).isEqualTo(components);
    }

    @Test
    void everyExampleOfHttpMatchesItsSchema() {
        ApiDocument document = OPEN_API.document;
        List<String> faults = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        document.walk((pointer, node) -> {
            boolean isSchema = pointer.startsWith("/components/schemas/") && node.has("examples");
            String schema = isSchema ? pointer : pointer + "/schema";
            if (node.has("schema") || isSchema) {
                for (JsonNode example : examples(node)) {
                    seen.add(pointer);
                    document.faults(schema, example).forEach(fault -> faults.add(pointer + ": " + fault));
                }
            }
        });
        assertThat(faults).isEmpty();
        assertThat(seen).hasSizeGreaterThan(50);
    }

    private static List<JsonNode> examples(JsonNode node) {
        List<JsonNode> examples = new ArrayList<>();
        if (node.has("example")) {
            examples.add(node.get("example"));
        }
        if (node.has("examples")) {
            JsonNode all = node.get("examples");
            all.forEach(example -> examples.add(all.isArray() ? example : example.get("value")));
        }
        return examples;
    }

    @Test
    void everyMessageHasExamplesThatMatchItsSchema() {
        ApiDocument document = ASYNC_API.document;
        for (String name : document.names("/components/messages")) {
            String pointer = "/components/messages/" + name;
            JsonNode examples = document.at(pointer).get("examples");
            assertThat(examples).as(name).isNotEmpty();
            examples.forEach(example -> assertThat(document.faults(pointer + "/payload", example.get("payload")))
                    .as(name)
                    .isEmpty());
        }
    }
}
