package io.eventhandler.web;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** Answers requests that Jetty hands over without Javalin: without blocking, in one write. */
public final class HttpAnswer {

    /** The content type of JSON. */
    public static final String JSON = "application/json";

    private static final HttpField JSON_FIELD = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, JSON);

    private HttpAnswer() {}

    /** Answers 200 with this body, after the headers that were put before. */
    public static void ok(Response response, Callback callback, byte[] body) {
        response.setStatus(200);
        response.getHeaders().put(JSON_FIELD);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    /** Answers with this error in the envelope, and logs it. Unless all of the request was read, the connection ends. */
    public static void error(
            Request request, Response response, Callback callback, ApiException error, ActivityLog activity) {
        prepareError(request, response, error, activity);
        response.getHeaders().put(JSON_FIELD);
        response.write(true, ByteBuffer.wrap(error.content()), callback);
    }

    /** All of such an answer but its content, for those that have another form. */
    public static void prepareError(Request request, Response response, ApiException error, ActivityLog activity) {
        error.headers().forEach(response.getHeaders()::put);
        response.setStatus(error.status());
        if (!request.consumeAvailable()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        log(request, error, activity);
    }

    static void log(Request request, ApiException error, ActivityLog activity) {
        String method = Excerpt.of(request.getMethod());
        String path = Excerpt.of(String.valueOf(request.getHttpURI().getCanonicalPath()));
        if (error.status() == HttpStatus.UNAUTHORIZED_401) {
            activity.credentialRefused(
                    error.getMessage(),
                    method + " " + path,
                    ClientAddress.of(request).remote());
            return;
        }
        activity.rejected(
                error.status(),
                error.getMessage(),
                method,
                path,
                request.getHeadersNanoTime(),
                ClientAddress.of(request).remote(),
                Caller.known(request));
    }

    /** Answers 204 with the methods that there are. */
    static void options(Response response, Callback callback, Collection<String> methods) {
        response.setStatus(204);
        response.getHeaders().put(HttpHeader.ALLOW, String.join(", ", methods));
        response.write(true, BufferUtil.EMPTY_BUFFER, callback);
    }
}
