//! The running server: it listens, works in the background, and ends in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use khaya_app::{App, due, jobs};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::config::Settings;
use crate::edge::chain;
use crate::listen::listen;
use crate::routes::router;
use crate::simulation;
use crate::state::ApiState;
use crate::telemetry;
use crate::wiring::{self, Parts, Sweeper, WiringError};

/// How often the outbox is looked at when nothing announces itself: another machine's commits, and later tries.
const OUTBOX_EVERY: Duration = Duration::from_secs(1);
/// How often due work is looked for.
const TICK_EVERY: Duration = Duration::from_secs(2);
/// How often expired documents and idle clients are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often what waits, what is late and what wants a person is counted.
const FIGURES_EVERY: Duration = Duration::from_secs(60);
/// How long running requests and background work are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody else listens there.
    #[error(
        "{0} is in use: stop what listens there, or set KHAYA_BIND to another address, such as 127.0.0.1:8081"
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The parts cannot be put together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The metrics cannot be recorded.
    #[error("the metrics cannot be recorded")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The listener has failed.
    #[error("the server has failed")]
    Server(#[source] std::io::Error),
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    state: ApiState,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    background: Vec<JoinHandle<()>>,
}

/// Starts a server.
pub async fn start(settings: &Settings) -> Result<Running, ServeError> {
    // Listen first: a second server on the same data folder then says what is wrong with the port.
    let listener = TcpListener::bind(settings.bind).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            ServeError::AddressInUse(settings.bind)
        } else {
            ServeError::Bind(settings.bind, error)
        }
    })?;
    let address = listener.local_addr().map_err(ServeError::Server)?;
    let metrics = telemetry::start_metrics(&settings.metrics)?;
    let parts = wiring::assemble(settings, metrics, address).await?;
    wiring::fill_simulated_provider(&parts.state).await?;
    let (stop, stopped) = watch::channel(false);
    let state = parts.state.clone();
    let routes = router(state.clone(), &settings.cors_origins);
    let mut background = start_background(parts, &stopped);
    if let Some(provider) = &state.simulated_payments {
        background.push(simulation::start(Arc::clone(provider), routes.clone(), stopped.clone()));
    }
    let server = tokio::spawn(listen(listener, routes, stopped));
    Ok(Running { address, state, stop, server, background })
}

fn start_background(parts: Parts, stopped: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let Parts { state, dispatcher, announced, sweeper } = parts;
    let outbox = repeat("outbox", OUTBOX_EVERY, stopped.clone(), announced, move || {
        let dispatcher = Arc::clone(&dispatcher);
        async move {
            let delivery = dispatcher.run_once().await?;
            telemetry::count_delivery(&delivery);
            Ok(())
        }
    });
    let filling = tokio::spawn(fill_search(Arc::clone(&state.app), stopped.clone()));
    let never = Arc::new(tokio::sync::Notify::new());
    let app = Arc::clone(&state.app);
    let ticks = repeat("tick", TICK_EVERY, stopped.clone(), Arc::clone(&never), move || {
        let app = Arc::clone(&app);
        async move {
            let tick = due::tick(&app).await?;
            telemetry::count_tick(&tick);
            Ok(())
        }
    });
    let measured = state.clone();
    let figures = repeat("figures", FIGURES_EVERY, stopped.clone(), Arc::clone(&never), move || {
        let state = measured.clone();
        async move {
            let figures = telemetry::measure(&state.app).await;
            telemetry::tell_figures(&state);
            figures
        }
    });
    let sweeps = repeat("sweep", SWEEP_EVERY, stopped.clone(), never, move || {
        let (state, sweeper) = (state.clone(), sweeper.clone());
        async move { forget(state, sweeper).await }
    });
    vec![outbox, ticks, figures, sweeps, filling]
}

/// Fills the search from the table and opens it; tries again while the table is away. Until then a search is 503. One that is
/// kept has been filled before.
async fn fill_search(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    if app.search.is_kept() {
        return;
    }
    let filled = async {
        while let Err(error) = jobs::fill_search(&app).await {
            tracing::error!(work = "search", error = chain(&error), "the search cannot be filled yet");
            tokio::time::sleep(OUTBOX_EVERY).await;
        }
    };
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = filled => {}
    }
}

async fn forget(state: ApiState, sweeper: Option<Sweeper>) -> Result<(), khaya_app::AppError> {
    if let Some(limits) = &state.rate_limits {
        limits.forget_idle();
    }
    if let Some(sweeper) = sweeper {
        let swept = sweeper.sweep(state.app.clock.now()).await?;
        tracing::debug!(swept, "expired documents removed");
    }
    Ok(())
}

/// Runs work again and again, at an interval or when notified, until the server stops. A run that has begun is finished.
pub(crate) fn repeat<F, W>(
    name: &'static str,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
    notified: Arc<tokio::sync::Notify>,
    work: W,
) -> JoinHandle<()>
where
    W: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(), khaya_app::AppError>> + Send + 'static,
{
    tokio::spawn(async move {
        let mut timer = interval(every);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return,
                _ = timer.tick() => {}
                () = notified.notified() => {}
            }
            if let Err(error) = work().await {
                tracing::error!(work = name, error = chain(&error), "background work failed");
            }
        }
    })
}

impl Running {
    /// The address in a form for browsers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the routes reach; for tests.
    pub fn state(&self) -> &ApiState {
        &self.state
    }

    /// Waits until the listener fails.
    pub async fn failed(&mut self) -> ServeError {
        match (&mut self.server).await {
            Ok(Err(error)) => ServeError::Server(error),
            Ok(Ok(())) => ServeError::Server(std::io::Error::other("the listener has stopped")),
            Err(error) => ServeError::Server(std::io::Error::other(error)),
        }
    }

    /// Takes no new requests, finishes those that run and the background work, then closes the store.
    pub async fn shut_down(self) {
        let Self { state, stop, server, background, .. } = self;
        let _ = stop.send(true);
        // Streams would not end by themselves.
        state.hub.close();
        let all = async {
            let _ = server.await;
            for task in background {
                let _ = task.await;
            }
        };
        if timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("some requests were still running after {} seconds", PATIENCE.as_secs());
        }
        telemetry::tell(&state).await;
        state.app.table.close().await;
    }
}
