package io.eventhandler.app;

import io.eventhandler.cli.BenchCommand;
import io.eventhandler.cli.CheckCommand;
import io.eventhandler.cli.CompletionCommand;
import io.eventhandler.cli.ContextCommand;
import io.eventhandler.cli.EventsCommand;
import io.eventhandler.cli.ExportCommand;
import io.eventhandler.cli.ImportCommand;
import io.eventhandler.cli.OneLineErrors;
import io.eventhandler.cli.PublishCommand;
import io.eventhandler.cli.TailCommand;
import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.UsageMessageSpec;

/** All commands; without one a replica is started. For one thread. */
@Command(
        name = RootCommand.NAME,
        header = "Event Handler: an ordered event log in PostgreSQL, delivered to every subscriber.%n",
        description = "%nWithout a command it starts a replica.",
        commandListHeading = "%nCommands, each of which has --help:%n",
        versionProvider = RootCommand.Version.class,
        mixinStandardHelpOptions = true)
final class RootCommand implements Callable<Integer> {

    static final String NAME = "event-handler";

    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(20);

    private static final String SETTINGS = """

            Settings of the service are environment variables, or lines of a .env file in the working directory (the environment wins):

            """;

    private final ServeCommand serve;

    private RootCommand(ServeCommand serve) {
        this.serve = serve;
    }

    /** The command line, which says on these streams what it does. */
    static CommandLine commandLine(PrintStream out, PrintStream err) {
        var serve = new ServeCommand(err);
        var errors = new OneLineErrors();
        var line = new CommandLine(new RootCommand(serve))
                .addSubcommand(serve)
                .addSubcommand(new MigrateCommand(err))
                .addSubcommand(new CheckCommand(out, CHECK_TIMEOUT, new CheckDatabase(out, err)))
                .addSubcommand(new KeysCommand(out, err))
                .addSubcommand(new PublishCommand())
                .addSubcommand(new TailCommand())
                .addSubcommand(new EventsCommand(err))
                .addSubcommand(new ExportCommand(err))
                .addSubcommand(new ImportCommand(err))
                .addSubcommand(new BenchCommand())
                .addSubcommand(new ContextCommand(out))
                .addSubcommand(new CompletionCommand(out));
        line.setExpandAtFiles(false); // publish takes @file itself
        line.setParameterExceptionHandler(errors);
        line.setExecutionExceptionHandler(errors);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_FOOTER, help -> SETTINGS + settings());
        return line;
    }

    private static String settings() {
        var reader = new SettingsReader(Environment.load());
        Settings.read(reader);
        return reader.help();
    }

    @Override
    public Integer call() throws InterruptedException {
        return serve.call();
    }

    /** The release that this is, which the jar knows. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String release = RootCommand.class.getPackage().getImplementationVersion();
            return new String[] {NAME + " " + (release == null ? "(not packaged)" : release)};
        }
    }
}
