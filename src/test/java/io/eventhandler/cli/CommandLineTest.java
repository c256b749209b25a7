package io.eventhandler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.CommandRun;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all commands share, each run as a process of its own. */
class CommandLineTest {

    private static final String SECRET = "eh_0123456789abcdef_Hush-Hush-Hush-Hush-Hush-Hush-Hush-Hush-Hu";

    @TempDir
    Path home;

    private CommandRun run(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return CommandRun.of(home, environment, arguments);
    }

    private CommandRun run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    @Test
    void aSavedContextSaysWhereTheServiceIsUnlessTheEnvironmentOrAnArgumentDoes() throws Exception {
        try (TestReplica replica = TestReplica.startGuarded(TestDatabase.create())) {
            String url = "http://127.0.0.1:" + replica.service().port();
            Path directory = home.resolve(".config/event-handler");
            Path file = directory.resolve("contexts.json");

            CommandRun nowhere = run("check");
            assertThat(nowhere.status()).isEqualTo(2);
            assertThat(nowhere.err())
                    .isEqualTo(
                            "check: nothing says where the service is: give --url, set EVENT_HANDLER_URL, or save it with 'context add'\n");

            assertThat(CommandRun.withInput(
                            home,
                            Map.of(),
                            TestReplica.ADMIN_KEY + "\n",
                            "context",
                            "add",
                            "test",
                            "--url",
                            url + "/",
                            "--token",
                            "-"))
                    .isEqualTo(new CommandRun(0, "", ""));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(directory.toFile().list()).containsExactly("contexts.json");
            assertThat(run("context", "add", "closed", "--url", "http://127.0.0.1:1", "--token", SECRET))
                    .isEqualTo(new CommandRun(0, "", ""));
            assertThat(run("context", "list"))
                    .isEqualTo(new CommandRun(0, "* test " + url + "\n  closed http://127.0.0.1:1\n", ""));

            CommandRun checked = run("check");
            assertThat(checked.err()).isEmpty();
            assertThat(checked.out()).matches("event \\d+ was published and received through " + url + "\n");

            assertThat(run("context", "use", "closed").status()).isZero();
            assertThat(run("check").status()).isEqualTo(1);
            Map<String, String> environment =
                    Map.of("EVENT_HANDLER_URL", url, "EVENT_HANDLER_TOKEN", TestReplica.ADMIN_KEY);
            assertThat(run(environment, "check").status()).isZero();
            assertThat(run(environment, "check", "--token", "another").err()).contains("401");
            assertThat(run(environment, "check", "--url", "http://127.0.0.1:1").status())
                    .isEqualTo(1);

            assertThat(run("context", "remove", "closed").status()).isZero();
            assertThat(run("context", "list").out()).isEqualTo("  test " + url + "\n");
            assertThat(Files.readString(file)).doesNotContain(SECRET);
            assertThat(run("context", "use", "closed"))
                    .isEqualTo(new CommandRun(
                            1, "", "use: there is no context 'closed': 'context list' shows those there are\n"));
        }
    }

    /** A context's token is for its own address: another one asks for a credential, and gets none. */
    @Test
    void theTokenOfAContextGoesNowhereElse() throws Exception {
        try (TestReplica replica = TestReplica.startGuarded(TestDatabase.create())) {
            String url = "http://127.0.0.1:" + replica.service().port();
            assertThat(run("context", "add", "a", "--url", "http://127.0.0.1:1", "--token", TestReplica.ADMIN_KEY)
                            .status())
                    .isZero();
            CommandRun check = run("check", url);
            assertThat(check.status()).isEqualTo(1);
            assertThat(check.err()).endsWith(": it needs a credential, give --token or set EVENT_HANDLER_TOKEN\n");
        }
    }

    @Test
    void whatIsWrongIsSaidInOneLineThatShowsNoSecretAndEndsWithStatus2() throws Exception {
        for (List<String> arguments : List.of(
                List.of("chekc"),
                List.of("check", "--tokne=" + SECRET),
                List.of("check", "http://me:Hush@host/path"),
                List.of("check", "http://host", "--token", SECRET + "\n"),
                List.of("context", "add", "a"),
                List.of("context"))) {
            CommandRun run = run(arguments.toArray(String[]::new));
            assertThat(run.status()).as("%s", run).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).as("%s", arguments).matches("[^\n]{10,500}\n").doesNotContain("Hush");
        }
        Path file =
                Files.createDirectories(home.resolve(".config/event-handler")).resolve("contexts.json");
        Files.writeString(file, "{\"contexts\":{\"a\":{\"url\":\"" + SECRET + "\"}}}");
        assertThat(run("context", "list"))
                .isEqualTo(new CommandRun(
                        1,
                        "",
                        "list: %s can't be read as contexts: correct it, or remove it and add them again\n"
                                .formatted(file)));
    }

    @Test
    void helpAndVersionSayWhatThereIs() throws Exception {
        CommandRun help = run("--help");
        assertThat(help.status()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .contains("serve", "migrate", "check", "keys", "context", "completion")
                .contains("default: 8080")
                .doesNotContain("\u001b");
        CommandRun check = run("check", "--help");
        assertThat(check.status()).isZero();
        assertThat(check.out()).startsWith("Usage: event-handler check ").contains("--url", "EVENT_HANDLER_TOKEN");
        assertThat(run("--version").out()).matches("event-handler .+\n");
    }

    @Test
    void aShellCompletesTheCommands() throws Exception {
        CommandRun script = run("completion");
        assertThat(script.status()).isZero();
        CommandRun completed = CommandRun.ofProcess(home, Map.of(), script.out() + """

                COMP_WORDS=(event-handler con); COMP_CWORD=1; _complete_event-handler; echo "${COMPREPLY[@]}"
                COMP_WORDS=(event-handler context a); COMP_CWORD=2; _complete_event-handler; echo "${COMPREPLY[@]}"
                """, List.of("bash", "-s"));
        assertThat(completed.out()).isEqualTo("context\nadd\n");
    }
}
