package io.eventhandler.logs;

import io.eventhandler.logstore.LogRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads an {@code ExportLogsServiceRequest}. */
public final class OtlpLogs {

    /**
     * What a request holds.
     *
     * @param records in its order
     * @param rejected how many of its records make no sense, and are left out
     * @param reason what is wrong with the first of these, null for none
     */
    public record Decoded(
            List<LogRecord> records, int rejected, @Nullable String reason) {}

    private OtlpLogs() {}

    /**
     * Reads a body, which takes a few times its size at most.
     *
     * @param body as it was before it was compressed
     * @throws MalformedOtlpException when it is not encoded like this
     */
    public static Decoded decode(byte[] body, OtlpEncoding encoding) {
        var request = new RequestRecords();
        switch (encoding) {
            case PROTOBUF -> ProtobufRequest.read(body, request);
            case JSON -> JsonRequest.read(body, request);
        }
        return new Decoded(request.records(), request.rejected(), request.reason());
    }
}
