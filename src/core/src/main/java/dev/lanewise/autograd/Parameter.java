package dev.lanewise.autograd;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.Objects;

/**
 * A named tensor that training changes. Data and gradient live in a slab as long as the slab does;
 * backward passes add to the gradient until somebody sets it to zero.
 */
public final class Parameter extends Tensor {
  private final String name;
  private final Slab slab;

  private Parameter(String name, TensorLayout layout, Slab slab) {
    super(layout, slab.allocate(layout), slab.allocate(layout));
    this.name = name;
    this.slab = slab;
  }

  /**
   * A parameter of zeros with a gradient of zeros.
   *
   * @param name what checkpoints call it, for instance {@code hidden.weight}
   */
  public static Parameter of(String name, TensorLayout layout, Slab slab) {
    if (Objects.requireNonNull(name, "name").isBlank()) {
      throw new IllegalArgumentException(
          "the name of a parameter of " + layout + " is blank: give it one to be saved under");
    }
    return new Parameter(name, layout, slab);
  }

  /** The name it is saved under. */
  public String name() {
    return name;
  }

  /** The owner of its memory. */
  public Slab slab() {
    return slab;
  }

  /** Sets the gradient to zero. */
  public void zeroGrad() {
    gradient().fill((byte) 0);
  }

  @Override
  public String toString() {
    return "Parameter \"" + name + "\" " + layout();
  }
}
