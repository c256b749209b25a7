package io.eventhandler.logs;

import io.eventhandler.json.MediaType;
import org.jspecify.annotations.Nullable;

/** How a request is encoded, and its answer too (OTLP 1.x, OTLP/HTTP). */
public enum OtlpEncoding {
    PROTOBUF("application/x-protobuf"),
    JSON("application/json");

    private final String contentType;

    OtlpEncoding(String contentType) {
        this.contentType = contentType;
    }

    /** The one that a content type names, null when it is none of these. */
    public static @Nullable OtlpEncoding of(MediaType type) {
        return switch (type.name()) {
            case "application/x-protobuf", "application/protobuf" -> PROTOBUF;
            case "application/json" -> type.isUtf8() ? JSON : null;
            default -> null;
        };
    }

    /** The content type of an answer. */
    public String contentType() {
        return contentType;
    }
}
