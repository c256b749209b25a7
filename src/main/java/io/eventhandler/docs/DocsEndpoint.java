package io.eventhandler.docs;

import io.eventhandler.web.Endpoint;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET} of {@code /openapi.json}, {@code /asyncapi.json} and {@code /docs}. */
public final class DocsEndpoint implements Endpoint {

    private final Document openApi = Document.read("openapi.json", HttpAnswer.JSON);
    private final Document asyncApi = Document.read("asyncapi.json", HttpAnswer.JSON);
    private final Document page = Document.read("docs.html", "text/html;charset=utf-8");
    private final Map<String, String> pageHeaders = Map.of(
            "Content-Security-Policy", policy(new String(page.content(), StandardCharsets.UTF_8)),
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer");

    @Override
    public void addTo(Routes routes) {
        routes.openGet("/openapi.json", context -> answer(context, openApi, Map.of()));
        routes.openGet("/asyncapi.json", context -> answer(context, asyncApi, Map.of()));
        routes.openGet("/docs", context -> answer(context, page, pageHeaders));
    }

    /** Lets the page run the script and the style that are in it, ask this service, and be framed by none. */
    private static String policy(String page) {
        return "default-src 'none'; script-src %s; style-src %s; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                .formatted(hash("script", page), hash("style", page));
    }

    /** As a policy names what an element has between its tags (Content Security Policy Level 3, section 2.3.1). */
    private static String hash(String element, String page) {
        int start = page.indexOf("<%s>".formatted(element)) + element.length() + 2;
        String content = page.substring(start, page.indexOf("</%s>".formatted(element), start));
        return "'sha256-%s'"
                .formatted(
                        Base64.getEncoder().encodeToString(Document.sha256(content.getBytes(StandardCharsets.UTF_8))));
    }

    private static void answer(Context context, Document document, Map<String, String> headers) {
        context.header("ETag", document.etag()).header("Cache-Control", "no-cache");
        @Nullable String known = context.header("If-None-Match");
        if (known != null && (known.contains(document.etag()) || known.strip().equals("*"))) {
            context.status(304);
        } else {
            headers.forEach(context::header);
            context.header("X-Content-Type-Options", "nosniff");
            context.res().setContentLength(document.content().length);
            context.contentType(document.contentType()).result(document.content());
        }
    }
}
