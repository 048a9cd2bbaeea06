package dev.lanewise.cli.training;

import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.cli.text.Tokens;
import java.util.Locale;
import java.util.zip.CRC32C;

/** What is to be learnt: a corpus in tokens. */
public record Lesson(Corpus corpus, Tokenizer tokenizer, Tokens training, Tokens heldOut) {

  /** Cuts the corpus into tokens; a tokenizer that learns does so from the training bytes. */
  public static Lesson of(Corpus corpus, Plan plan) {
    return of(
        corpus,
        Tokenizer.learn(
            plan.text("tokenizer"), Math.toIntExact(plan.whole("vocabulary")), corpus.training()));
  }

  /** The same with a tokenizer that is there. */
  public static Lesson of(Corpus corpus, Tokenizer tokenizer) {
    return new Lesson(
        corpus, tokenizer, tokenizer.encode(corpus.training()), tokenizer.encode(corpus.heldOut()));
  }

  /** Checks that a row of a batch fits into both parts of the text. */
  public void requireEnoughFor(ModelShape shape) {
    int least = Math.min(training.length(), heldOut.length());
    if (least < shape.predictions()) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "the corpus %s has %,d tokens to train on and %,d held out, and a row of a batch"
                  + " predicts %,d: give --corpus more text, or a smaller --context",
              corpus.name(),
              training.length(),
              heldOut.length(),
              shape.predictions()));
    }
  }

  /** Tells another text from this one. */
  public String fingerprint() {
    CRC32C crc = new CRC32C();
    crc.update(corpus.training());
    crc.update(corpus.heldOut());
    return corpus.training().length
        + "+"
        + corpus.heldOut().length
        + " bytes, crc32c "
        + Long.toHexString(crc.getValue());
  }

  /** Bytes that a token on the average stands for, in the training text. */
  public double bytesPerToken() {
    return (double) corpus.training().length / training.length();
  }
}
