//! Code of the contract, from the descriptors of all its files: no protoc is needed.

use prost::Message;
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let contract = env::var("CONTRACT")?;
    println!("cargo::rerun-if-changed={contract}");
    println!("cargo::rerun-if-env-changed=CONTRACT");
    let files = prost_types::FileDescriptorSet::decode(&*fs::read(contract)?)?;
    tonic_prost_build::configure()
        .build_server(false)
        .compile_fds(files)?;
    Ok(())
}
