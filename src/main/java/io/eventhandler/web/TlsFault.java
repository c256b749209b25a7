package io.eventhandler.web;

/** A certificate and its key can't be served, in the terms of their settings. */
final class TlsFault extends Exception {

    private static final long serialVersionUID = 1L;

    private final String setting;
    private final String reason;

    /**
     * @param setting that names the file
     */
    TlsFault(String setting, String reason, Throwable cause) {
        super(setting + ": " + reason, cause);
        this.setting = setting;
        this.reason = reason;
    }

    TlsFault(String setting, String reason) {
        super(setting + ": " + reason);
        this.setting = setting;
        this.reason = reason;
    }

    String setting() {
        return setting;
    }

    String reason() {
        return reason;
    }
}
