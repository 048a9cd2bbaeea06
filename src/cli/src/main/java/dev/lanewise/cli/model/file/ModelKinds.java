package dev.lanewise.cli.model.file;

import dev.lanewise.cli.model.ModelKind;
import dev.lanewise.cli.model.gpt.GptShape;
import dev.lanewise.cli.model.lstm.LstmShape;
import dev.lanewise.cli.model.mlp.MlpShape;
import dev.lanewise.cli.report.UserError;
import java.util.List;
import java.util.stream.Collectors;

/** The kinds of models there are. */
public final class ModelKinds {
  /** The first one is the default. */
  private static final List<ModelKind> ALL = List.of(GptShape.KIND, MlpShape.KIND, LstmShape.KIND);

  /** Their names, for messages. */
  public static final String NAMES =
      ALL.stream().map(ModelKind::name).collect(Collectors.joining(", "));

  private ModelKinds() {}

  /** What is trained where nothing is asked for. */
  public static String defaultName() {
    return ALL.getFirst().name();
  }

  /** A kind by its name. */
  public static ModelKind of(String name) {
    return ALL.stream()
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new UserError("there is no model \"" + name + "\": give one of " + NAMES));
  }
}
