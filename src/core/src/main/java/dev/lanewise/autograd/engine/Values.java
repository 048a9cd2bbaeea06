package dev.lanewise.autograd.engine;

import dev.lanewise.memory.TensorLayout;
import org.jspecify.annotations.Nullable;

/** What is known of the values in one tensor's memory; all views of that memory share it. */
public final class Values {
  private final TensorLayout layout;
  private final boolean leaf;
  private int version;
  private int keeps;
  private @Nullable String gone;

  /** Values of a tensor of this layout, whose memory is the user's or was made by an op. */
  public Values(TensorLayout layout, boolean leaf) {
    this.layout = layout;
    this.leaf = leaf;
  }

  /** How often they were changed in place. */
  public int version() {
    return version;
  }

  /** Notes that they were changed in place. */
  public void change() {
    version++;
  }

  /** Notes that a vjp will read them. */
  public void keep() {
    keeps++;
  }

  int keeps() {
    return keeps;
  }

  TensorLayout layout() {
    return layout;
  }

  /** Whether something else may be put in their place: nobody outside and no vjp reads them. */
  public boolean mayBeConsumed() {
    return !leaf && keeps == 0;
  }

  /** Notes that they are gone, and why. */
  public void leave(String reason) {
    gone = reason;
  }

  /**
   * Checks that they are there.
   *
   * @throws IllegalStateException if they are gone
   */
  public void requirePresent() {
    if (gone != null) {
      throw new IllegalStateException(gone);
    }
  }
}
