package io.eventhandler.web;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers in the envelope what Jetty refuses before Javalin sees it: a broken request line, headers that are too large. */
final class ErrorPages extends ErrorHandler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Object message = request.getAttribute(ERROR_MESSAGE);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, HttpAnswer.JSON);
        response.write(true, ByteBuffer.wrap(body(status, message)), callback);
        return true;
    }

    private static byte[] body(int status, @org.jspecify.annotations.Nullable Object message) {
        return Envelope.error(message == null ? HttpStatus.getMessage(status) : message.toString());
    }
}
