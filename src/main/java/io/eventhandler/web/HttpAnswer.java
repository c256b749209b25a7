package io.eventhandler.web;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers requests that Jetty hands over without Javalin: without blocking, in one write. */
public final class HttpAnswer {

    private static final HttpField JSON = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, WebServer.JSON);
    private static final String REMOTE = HttpAnswer.class.getName() + ".remote";

    private HttpAnswer() {}

    /** Answers 200 with this body, after the headers that were put before. */
    public static void ok(Response response, Callback callback, byte[] body) {
        response.setStatus(200);
        response.getHeaders().put(JSON);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    /** Answers with this error in the envelope. */
    public static void error(Response response, Callback callback, ApiException error) {
        Duration retryAfter = error.retryAfter();
        if (retryAfter != null) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfter.toSeconds());
        }
        response.setStatus(error.status());
        response.getHeaders().put(JSON);
        response.write(true, ByteBuffer.wrap(Envelope.error(error.getMessage())), callback);
    }

    /** The client's address and port, worked out once per connection. */
    public static String remote(Request request) {
        var connection = request.getConnectionMetaData();
        if (connection.getAttribute(REMOTE) instanceof String remote) {
            return remote;
        }
        String remote = Request.getRemoteAddr(request) + ":" + Request.getRemotePort(request);
        connection.setAttribute(REMOTE, remote);
        return remote;
    }
}
