package dev.lanewise.autograd.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * Finds a vjp that a capture cannot see: one that computes nothing through the tape may hand its
 * cotangent on, as it is.
 */
public final class VjpCheck {
  private String op = "";
  private MemorySegment dy = MemorySegment.NULL;
  private long computations;
  private long fingerprint;

  /** Nothing runs yet. */
  public VjpCheck() {}

  /** A vjp begins, after so many computations. */
  public void begin(String op, MemorySegment dy, long computations) {
    this.op = op;
    this.dy = dy;
    this.computations = computations;
    fingerprint = fingerprint(dy);
  }

  /** The running vjp hands on a gradient, which will be added to another after this call. */
  public void handOn(MemorySegment dx, long computationsNow) {
    boolean part =
        dx.address() >= dy.address()
            && dx.address() + dx.byteSize() <= dy.address() + dy.byteSize();
    if (dx.byteSize() > 0 && !part) {
      requireNothingUnseen(computationsNow, true);
    }
    requireNothingUnseen(computationsNow, false);
  }

  /** The vjp is done. */
  public void end(long computationsNow) {
    requireNothingUnseen(computationsNow, false);
    op = "";
  }

  private void requireNothingUnseen(long computationsNow, boolean written) {
    boolean silent = !op.isEmpty() && computationsNow == computations;
    if (silent && (written || fingerprint(dy) != fingerprint)) {
      throw unseen();
    }
  }

  private IllegalStateException unseen() {
    return new IllegalStateException(
        "the backward pass of "
            + op
            + " cannot be captured: its gradient was not computed by Tape.compute, let it call"
            + " that for all its arithmetic");
  }

  private static long fingerprint(MemorySegment floats) {
    long hash = 1;
    for (long at = 0; at < floats.byteSize(); at += Integer.BYTES) {
      hash = 31 * hash + floats.get(JAVA_INT, at);
    }
    return hash;
  }
}
