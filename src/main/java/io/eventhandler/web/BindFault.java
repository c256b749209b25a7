package io.eventhandler.web;

import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;

/** Why a server can't listen, in the terms of its settings. */
final class BindFault {

    private BindFault() {}

    /** Of what was thrown when it was to listen on this address. */
    static String of(Throwable thrown, String host, int port) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof UnresolvedAddressException) {
            return "HOST '%s' is no address, and no name that has one".formatted(host);
        }
        if (cause instanceof BindException && text.contains("in use")) {
            return "port %d of %s is in use by another process".formatted(port, host);
        }
        if (cause instanceof BindException) {
            return "HOST '%s' is no address of this machine: %s".formatted(host, text);
        }
        if (cause instanceof SocketException) {
            return "port %d of %s can't be listened on: %s".formatted(port, host, text);
        }
        return text;
    }
}
