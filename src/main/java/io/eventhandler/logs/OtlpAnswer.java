package io.eventhandler.logs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.eventhandler.json.JsonWriter;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers to a request, encoded as it was: by hand, since what protobuf's library writes with makes the JVM warn of
 * {@code sun.misc.Unsafe}.
 */
public final class OtlpAnswer {

    // The fields of google.rpc.Status.
    private static final int CODE_FIELD_NUMBER = 1;
    private static final int MESSAGE_FIELD_NUMBER = 2;

    private OtlpAnswer() {}

    /**
     * An {@code ExportLogsServiceResponse}.
     *
     * @param rejected how many records were left out
     * @param reason why, null for none
     */
    public static byte[] accepted(OtlpEncoding encoding, int rejected, @Nullable String reason) {
        if (rejected == 0) {
            return encoding == OtlpEncoding.JSON ? "{}".getBytes(UTF_8) : new byte[0];
        }
        String message = Texts.clean(reason == null ? "" : reason);
        if (encoding == OtlpEncoding.JSON) {
            return new JsonWriter()
                    .raw("{\"partialSuccess\":{\"rejectedLogRecords\":\"")
                    .number(rejected)
                    .raw("\",\"errorMessage\":")
                    .string(message)
                    .raw("}}")
                    .toBytes();
        }
        var partial = new ByteArrayOutputStream();
        number(ExportLogsPartialSuccess.REJECTED_LOG_RECORDS_FIELD_NUMBER, rejected, partial);
        sized(ExportLogsPartialSuccess.ERROR_MESSAGE_FIELD_NUMBER, message.getBytes(UTF_8), partial);
        var response = new ByteArrayOutputStream();
        sized(ExportLogsServiceResponse.PARTIAL_SUCCESS_FIELD_NUMBER, partial.toByteArray(), response);
        return response.toByteArray();
    }

    /**
     * A {@code google.rpc.Status}.
     *
     * @param status of HTTP
     */
    public static byte[] error(OtlpEncoding encoding, int status, String message) {
        int code = code(status);
        String said = Texts.clean(message);
        if (encoding == OtlpEncoding.JSON) {
            return new JsonWriter()
                    .raw("{\"code\":")
                    .number(code)
                    .raw(",\"message\":")
                    .string(said)
                    .raw("}")
                    .toBytes();
        }
        var answer = new ByteArrayOutputStream();
        number(CODE_FIELD_NUMBER, code, answer);
        sized(MESSAGE_FIELD_NUMBER, said.getBytes(UTF_8), answer);
        return answer.toByteArray();
    }

    /** What gRPC calls it (google.rpc.Code). */
    static int code(int status) {
        return switch (status) {
            case 400, 405, 413, 415, 422 -> 3; // INVALID_ARGUMENT
            case 401 -> 16; // UNAUTHENTICATED
            case 403 -> 7; // PERMISSION_DENIED
            case 404 -> 5; // NOT_FOUND
            case 408, 504 -> 4; // DEADLINE_EXCEEDED
            case 429 -> 8; // RESOURCE_EXHAUSTED
            case 500 -> 13; // INTERNAL
            case 502, 503 -> 14; // UNAVAILABLE
            default -> 2; // UNKNOWN
        };
    }

    private static void number(int field, int value, ByteArrayOutputStream out) {
        varint(field << 3, out);
        varint(value, out);
    }

    private static void sized(int field, byte[] content, ByteArrayOutputStream out) {
        varint((field << 3) | 2, out);
        varint(content.length, out);
        out.writeBytes(content);
    }

    private static void varint(int value, ByteArrayOutputStream out) {
        int rest = value;
        while (rest > 0x7f) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
